package lint

import (
	"slices"
	"strings"
)

const kubeFlags = "--context --kubeconfig -n|--namespace -l|--selector --timeout "

// kinds are the names that kubectl takes for the commonest kinds.
var kinds = map[string]string{
	"po": "Pod", "pod": "Pod", "pods": "Pod", "deploy": "Deployment", "deployment": "Deployment", "deployments": "Deployment", "sts": "StatefulSet",
	"statefulset": "StatefulSet", "statefulsets": "StatefulSet", "ds": "DaemonSet", "daemonset": "DaemonSet", "daemonsets": "DaemonSet", "svc": "Service",
	"service": "Service", "services": "Service", "ns": "Namespace", "namespace": "Namespace", "namespaces": "Namespace", "no": "Node", "node": "Node",
	"nodes": "Node", "pvc": "PersistentVolumeClaim", "persistentvolumeclaim": "PersistentVolumeClaim", "persistentvolumeclaims": "PersistentVolumeClaim",
	"pv": "PersistentVolume", "persistentvolume": "PersistentVolume", "cm": "ConfigMap", "configmap": "ConfigMap", "configmaps": "ConfigMap",
	"secret": "Secret", "secrets": "Secret", "job": "Job", "jobs": "Job", "cronjob": "CronJob", "ingress": "Ingress", "crd": "CustomResourceDefinition",
}

func kindOf(word string) string {
	if k, ok := kinds[strings.ToLower(word)]; ok {
		return k
	}
	return word
}

func typedKube(c *Call) *typedStep {
	switch {
	case c.Runs("kubectl", "wait"):
		return typedKubeWait(c)
	case c.Runs("kubectl", "rollout", "status"):
		f := parse(c, kubeFlags, "--watch -w")
		if !f.whole {
			return nil
		}
		return workloads(f)
	case c.Runs("kubectl", "apply"):
		f := parse(c, kubeFlags+"-f|--filename", "--server-side --force-conflicts")
		file := f.values["-f"]
		if !f.whole || file == "" || file == "-" || strings.Contains(file, "://") || strings.Count(c.String(), " -f") > 1 {
			return nil
		}
		out := new(fields).list("files", file).text("namespace", f.values["-n"]).flag("force", f.on("--force-conflicts"))
		return &typedStep{Type: "kube_apply", Fields: out.String(), Context: f.values["--context"]}
	case c.Runs("kubectl", "delete"):
		return typedKubeDelete(c)
	case c.Runs("kubectl", "get", "nodes"), c.Runs("kubectl", "get", "node"), c.Runs("kubectl", "get", "no"):
		f := parse(c, kubeFlags+"-o|--output", "--no-headers")
		if o := f.values["-o"]; !f.whole || len(f.words) != 2 || o != "" && o != "wide" {
			return nil
		}
		nodes := new(fields).text("selector", f.values["-l"]).String()
		return &typedStep{Type: "verify", Fields: new(fields).raw("nodes_ready", nodes).String(), Context: f.values["--context"], Safe: true}
	}
	return nil
}

// workloads verifies all that runs in a namespace.
func workloads(f flags) *typedStep {
	ns := f.values["-n"]
	if ns == "" {
		ns = "default"
	}
	of := new(fields).text("namespace", ns).text("selector", f.values["-l"]).String()
	return &typedStep{Type: "verify", Fields: new(fields).raw("workloads_ready", of).String(), Timeout: duration(f.values["--timeout"]), Context: f.values["--context"]}
}

// objectOf splits `kind/name` and `kind name`; ok is false of several objects.
func objectOf(words []string) (kind, name string, ok bool) {
	switch len(words) {
	case 1:
		kind, name, _ = strings.Cut(words[0], "/")
	case 2:
		kind, name = words[0], words[1]
		ok = strings.Contains(kind, "/")
		if ok {
			return "", "", false
		}
	default:
		return "", "", false
	}
	return kindOf(kind), name, !strings.Contains(kind, ",")
}

func typedKubeWait(c *Call) *typedStep {
	f := parse(c, kubeFlags+"--for", "--all -A|--all-namespaces")
	if !f.whole || len(f.words) < 2 {
		return nil
	}
	kind, name, ok := objectOf(f.words[1:])
	state := f.values["--for"]
	switch {
	case !ok:
		return nil
	case state == "delete":
		state = "deleted"
	case state == "create":
		state = "exists"
	case !strings.HasPrefix(state, "condition="):
		return nil
	}
	ns := f.values["-n"]
	certain := ns != "" || f.on("-A") || clusterWide(kind)
	if !certain {
		ns = "default"
	}
	out := new(fields).text("kind", kind).text("name", name).text("namespace", ns).text("selector", f.values["-l"]).text("for", state)
	return &typedStep{Type: "kube_wait", Fields: out.String(), Timeout: duration(f.values["--timeout"]), Context: f.values["--context"], Safe: certain}
}

// clusterWide reports whether objects of a kind are in no namespace. Of any other
// kind the namespace is the context's where the command names none: only the person
// who wrote it knows which that is, and no fix may guess.
func clusterWide(kind string) bool {
	return slices.Contains([]string{
		"Node", "Namespace", "PersistentVolume", "CustomResourceDefinition", "ClusterRole", "ClusterRoleBinding", "StorageClass",
		"IngressClass", "PriorityClass", "RuntimeClass", "APIService", "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration",
	}, kind)
}

func typedKubeDelete(c *Call) *typedStep {
	f := parse(c, kubeFlags+"-f|--filename", "--wait --ignore-not-found --now")
	if !f.whole || f.on("--now") || f.values["--wait"] == "false" {
		return nil
	}
	out, certain := new(fields), f.values["-n"] != ""
	if file := f.values["-f"]; file != "" && file != "-" && len(f.words) == 1 {
		out.list("files", file)
	} else {
		kind, name, ok := objectOf(f.words[1:])
		if !ok || name == "" && f.values["-l"] == "" {
			return nil
		}
		out.text("kind", kind).text("name", name)
		certain = certain || clusterWide(kind)
		if !certain {
			out.text("namespace", "default")
		}
	}
	out.text("namespace", f.values["-n"]).text("selector", f.values["-l"]).flag("must_exist", !f.on("--ignore-not-found") && f.values["-l"] == "")
	return &typedStep{Type: "kube_delete", Fields: out.String(), Timeout: duration(f.values["--timeout"]), Context: f.values["--context"], Safe: certain}
}
