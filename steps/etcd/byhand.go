package etcd

// restoreByHand has the barriers of the step itself: all stop and are seen dead,
// then all are restored, then all folders change places, and only then any starts.
const restoreByHand = `{{define "stop"}}{{with .systemd_unit}}systemctl stop {{quote .}}
{{end}}{{with .static_pod}}mkdir -p "$(dirname {{quote .}})-stopped" && mv {{quote .}} "$(dirname {{quote .}})-stopped/"
{{end}}{{with .stop}}{{command .}}
{{end}}{{end}}{{define "start"}}{{with .systemd_unit}}systemctl start {{quote .}}
{{end}}{{with .static_pod}}mv "$(dirname {{quote .}})-stopped/$(basename {{quote .}})" {{quote .}}
{{end}}{{with .start}}{{command .}}
{{end}}{{end}}# 1. The snapshot is whole: this prints its hash, revision and keys.
etcdutl snapshot status {{quote .from}} -w table
# 2. Stop everything, API servers first, and see that it is dead.
{{range .quiesce}}{{template "stop" .}}{{end}}{{range .members}}{{template "stop" .}}{{end}}{{range .members}}{{with .client_url}}! curl -sk --max-time 2 -o /dev/null {{quote .}}
{{end}}{{end}}# 3. Restore all members from this one file, with one token that was never used.
#    Raise the revision by 1000000000, or by more where clients have seen a newer one.
TOKEN="restored-$(date +%s)"
{{range .members}}etcdutl snapshot restore {{quote $.from}} --name {{quote .name}} --data-dir {{quote .data_dir}}.new \
  --initial-advertise-peer-urls {{quote .peer_url}} --initial-cluster-token "$TOKEN" \
  --initial-cluster {{range $i, $m := $.members}}{{if $i}},{{end}}{{quote $m.name}}={{quote $m.peer_url}}{{end}} \
  --bump-revision 1000000000 --mark-compacted
{{end}}# 4. Only when all of them are restored: put the new data in place, keep the old.
{{range .members}}test ! -e {{quote .data_dir}} || mv {{quote .data_dir}} {{quote .data_dir}}.old
mv {{quote .data_dir}}.new {{quote .data_dir}}
{{end}}# 5. Start the members, then the API servers.
{{range .members}}{{template "start" .}}{{end}}{{range .quiesce}}{{template "start" .}}{{end}}{{range $i, $m := .members}}{{if not $i}}{{with $m.static_pod}}# 6. Restart the control plane: what it cached is of a time that is gone.
for pod in kube-apiserver kube-controller-manager kube-scheduler; do
  mv "$(dirname {{quote .}})/$pod.yaml" "$(dirname {{quote .}})-stopped/" && sleep 20 && mv "$(dirname {{quote .}})-stopped/$pod.yaml" "$(dirname {{quote .}})/"
done
{{end}}{{end}}{{end}}`
