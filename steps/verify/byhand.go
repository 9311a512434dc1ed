package verify

// byHand has a line for each assertion; all must hold at one time.
const byHand = `{{define "etcdctl"}}etcdctl --endpoints={{join .endpoints ","}}{{with .tls}}{{with .ca}} --cacert={{quote .}}{{end}}{{with .cert}} --cert={{quote .}}{{end}}{{with .key}} --key={{quote .}}{{end}}{{end}}{{end -}}
{{with .etcd}}{{template "etcdctl" .}} endpoint hashkv -w table{{with .members}}   # {{.}} members{{end}}{{with .min_revision}}   # revision {{.}} or later{{end}}
{{with .key_count}}{{template "etcdctl" $.etcd}} get --prefix --count-only -w fields {{quote (or .prefix "")}}   # Count:{{with .min}} at least {{.}}{{end}}{{with .max}} at most {{.}}{{end}}{{with .equals}} exactly {{.}}{{end}}
{{end}}{{end}}{{with .http}}curl -fsS{{with .ca}} --cacert {{quote .}}{{end}} {{quote .url}}{{with .body}}   # its answer matches {{oneline .}}{{end}}
{{end}}{{with .tcp}}nc -zv {{.address}}
{{end}}{{with .command}}{{command .run}}
{{with .exit}}# it must exit with {{.}}
{{end}}{{with .stdout}}# what it prints must match {{oneline .}}
{{end}}{{end}}{{with .files}}{{with .exist}}ls -d{{range .}} {{quote .}}{{end}}
{{end}}{{range .absent}}! ls -d {{quote .}}
{{end}}{{end}}{{with .workloads_ready}}kubectl get deployments,statefulsets,daemonsets,jobs,pods{{with .namespace}} -n {{quote .}}{{end}}{{with .selector}} -l {{quote .}}{{end}}
{{end}}{{with .nodes_ready}}kubectl get nodes{{with .selector}} -l {{quote .}}{{end}}
{{end}}{{with .pvcs_bound}}kubectl get pvc{{with .namespace}} -n {{quote .}}{{end}}{{with .selector}} -l {{quote .}}{{end}}
{{end}}{{range .resources_exist}}kubectl get {{quote .kind}}{{with .name}} {{quote .}}{{end}}{{with .namespace}} -n {{quote .}}{{end}}{{with .selector}} -l {{quote .}}{{end}}
{{end}}{{range .objects}}kubectl get {{quote .kind}}{{with .name}} {{quote .}}{{end}}{{with .namespace}} -n {{quote .}}{{end}}{{with .selector}} -l {{quote .}}{{end}} -o yaml   # must be true: {{oneline .that}}
{{end}}{{range .in_pod}}kubectl get pods -n {{quote .namespace}} -l {{quote .selector}}   # POD below is one of them
{{$in := .}}{{with .http}}kubectl get --raw /api/v1/namespaces/{{$in.namespace}}/pods/POD:{{.port}}/proxy{{.path}}
{{end}}{{with .run}}kubectl exec -n {{quote $in.namespace}} POD -- {{command .}}
{{end}}{{end}}{{range .that}}# must be true: {{oneline .}}
{{end}}`
