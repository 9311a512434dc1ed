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
{{end}}{{end}}{{range .that}}# must be true: {{oneline .}}
{{end}}`
