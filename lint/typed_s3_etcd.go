package lint

import (
	"path"
	"strings"
)

func typedS3(c *Call) *typedStep {
	names, switches := "--region --endpoint-url --profile", "--only-show-errors --no-progress --quiet --recursive --human-readable -q -r"
	f := parse(c, names, switches)
	w := f.words
	if c.Name == "aws" && len(w) > 0 && w[0] == "s3" {
		w = w[1:]
	} else if c.Name == "aws" {
		return nil
	}
	if len(w) < 2 || !f.whole {
		return nil
	}
	out := new(fields)
	t := &typedStep{}
	switch {
	case w[0] == "ls" && len(w) == 2:
		t.Type = "s3_latest"
		out.text("prefix", s3URL(c, w[1]))
		t.Note = "`pattern:` and `max_age:` say which object, and how old it may be"
	case w[0] == "cp" && len(w) == 3 && isS3(c, w[1]) && !isS3(c, w[2]) && !f.on("--recursive") && w[2] != "-":
		t.Type = "s3_download"
		to := w[2]
		if strings.HasSuffix(to, "/") || to == "." {
			to = strings.TrimSuffix(to, "/") + "/" + path.Base(w[1])
		}
		out.text("from", s3URL(c, w[1])).text("to", to)
		t.Note = "it checks a SHA-256, which `s3_upload` stores; for another's object give `sha256:`"
	case w[0] == "cp" && len(w) == 3 && !isS3(c, w[1]) && isS3(c, w[2]) && !f.on("--recursive") && w[1] != "-":
		t.Type = "s3_upload"
		out.text("from", w[1]).text("to", s3URL(c, w[2]))
	default:
		return nil
	}
	t.Fields = out.text("endpoint", f.values["--endpoint-url"]).text("region", f.values["--region"]).text("profile", f.values["--profile"]).String()
	return t
}

// isS3 reports whether a word names an object: an URL of aws, or mc's alias/bucket/key.
func isS3(c *Call, word string) bool {
	if c.Name == "mc" {
		return !strings.HasPrefix(word, "/") && !strings.HasPrefix(word, ".") && strings.Contains(word, "/")
	}
	return strings.HasPrefix(word, "s3://")
}

func s3URL(c *Call, word string) string {
	if c.Name == "mc" {
		_, key, _ := strings.Cut(word, "/")
		return "s3://" + key
	}
	if !strings.HasPrefix(word, "s3://") {
		return "s3://" + word
	}
	return word
}

func typedEtcd(c *Call) *typedStep {
	f := parse(c, "--endpoints --cacert --cert --key --command-timeout --dial-timeout -w|--write-out", "--cluster --insecure-skip-tls-verify")
	if !f.whole || f.on("--insecure-skip-tls-verify") {
		return nil
	}
	tls := new(fields).text("ca", f.values["--cacert"]).text("cert", f.values["--cert"]).text("key", f.values["--key"])
	out := new(fields).list("endpoints", etcdURLs(f.values["--endpoints"], len(tls.parts) > 0))
	if len(tls.parts) > 0 {
		out.raw("tls", tls.String())
	}
	switch {
	case c.Runs("etcdctl", "snapshot", "save") && len(f.words) == 3:
		return &typedStep{Type: "etcd_snapshot", Fields: out.text("to", f.words[2]).String(), Note: "`to:` can be s3://bucket/key too"}
	case c.Runs("etcdctl", "endpoint", "health"):
		return &typedStep{Type: "etcd_health", Fields: out.String(), Timeout: duration(f.values["--command-timeout"])}
	}
	return nil
}

// etcdURLs are endpoints as URLs; without any, etcdctl's own default.
func etcdURLs(list string, tls bool) string {
	scheme := "http://"
	if tls {
		scheme = "https://"
	}
	if list == "" {
		return scheme + "127.0.0.1:2379"
	}
	all := strings.Split(list, ",")
	for i, e := range all {
		if !strings.Contains(e, "://") && !strings.HasPrefix(e, "$") {
			all[i] = scheme + e
		}
	}
	return strings.Join(all, ",")
}
