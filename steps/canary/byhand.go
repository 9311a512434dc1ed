package canary

// byHand writes marks that the kind itself can read, under a name of their own:
// who works by hand has no run's id.
const byHand = `{{define "etcdctl"}}etcdctl --endpoints={{join .endpoints ","}}{{with .tls}}{{with .ca}} --cacert={{quote .}}{{end}}{{with .cert}} --cert={{quote .}}{{end}}{{with .key}} --key={{quote .}}{{end}}{{end}}{{end -}}
{{define "mark"}}printf '{"run":"by-hand","step":"canary","nonce":"%s","at":"%s"}\n' "$nonce" "$(date -u +%Y-%m-%dT%H:%M:%SZ)"{{end -}}
{{- $prefix := or .prefix "/drplan/canary/" -}}{{- $own := printf "%sby-hand/" $prefix -}}
{{- if eq .action "write" -}}
nonce=$(openssl rand -hex 16)
{{with .etcd}}{{template "mark"}} | {{template "etcdctl" .}} put {{quote $own}}"$nonce"
{{end}}{{with .dir}}{{template "mark"}} >{{quote .}}/by-hand."$nonce".canary.json
{{end}}{{with .program}}DRPLAN_MARK_KEY=by-hand/canary DRPLAN_MARK=$({{template "mark"}}); export DRPLAN_MARK_KEY DRPLAN_MARK; {{command .put}}
{{end}}{{with .configmap}}kubectl create configmap by-hand -n "$(dirname {{quote .}})" --from-literal=nonce="$nonce"
{{end}}{{with .volume}}{{template "mark"}} | kubectl exec -i -n {{quote .namespace}} POD -- sh -c 'cat >"$1"/by-hand.canary.json' sh {{quote .path}}   # POD has mounted it
{{end}}echo "$nonce"   # note it: the check looks for it{{with .every}}; write again every {{.}} until the phase ends{{end}}
{{- else if eq .action "gone" -}}
{{with .etcd}}left=$({{template "etcdctl" .}} get --prefix --keys-only {{quote $own}}) && test -z "$left"
{{end}}{{with .dir}}! ls {{quote .}}/by-hand.*.canary.json
{{end}}{{with .program}}! ( {{command .list}} ) | grep by-hand
{{end}}{{with .configmap}}! kubectl get configmap by-hand -n "$(dirname {{quote .}})"
{{end}}{{with .volume}}! kubectl exec -n {{quote .namespace}} POD -- ls {{quote .path}}/by-hand.canary.json
{{end}}{{with .data_dirs}}! ls -d{{range .}} {{quote .}}{{end}}   # the proof where nothing answers any more
{{end}}
{{- else if eq .action "check" -}}
# {{oneline .nonce}}: type the nonce that was noted when the canary was written
{{with .etcd}}{{template "etcdctl" .}} get --prefix --print-value-only {{quote $prefix}} | grep -F {{quote $.nonce}}
{{end}}{{with .dir}}grep -F {{quote $.nonce}} {{quote .}}/*.canary.json
{{end}}{{with .program}}( {{command .list}} ) | grep -F {{quote $.nonce}}
{{end}}{{with .configmap}}kubectl get configmap by-hand -n "$(dirname {{quote .}})" -o yaml | grep -F {{quote $.nonce}}
{{end}}{{with .volume}}kubectl exec -n {{quote .namespace}} POD -- grep -F {{quote $.nonce}} {{quote .path}}/by-hand.canary.json
{{end}}{{with .not_before}}# its "at" must not be before {{oneline .}}
{{end}}
{{- else if eq .action "remove" -}}
{{with .etcd}}{{template "etcdctl" .}} del --prefix {{quote $own}}
{{end}}{{with .dir}}rm -f {{quote .}}/by-hand.*.canary.json
{{end}}{{with .program}}export DRPLAN_MARK_KEY=by-hand/canary; {{command .remove}}
{{end}}{{with .configmap}}kubectl delete configmap by-hand -n "$(dirname {{quote .}})"
{{end}}{{with .volume}}kubectl exec -n {{quote .namespace}} POD -- rm -f {{quote .path}}/by-hand.canary.json
{{end}}
{{- end}}`
