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
#    A data directory that is a mount point cannot be renamed: what is new is made in it.
TOKEN="restored-$(date +%s)"
fresh() { if mountpoint -q "$1"; then echo "$1/.new"; else echo "$1.new"; fi; }
{{range .members}}etcdutl snapshot restore {{quote $.from}} --name {{quote .name}} --data-dir "$(fresh {{quote .data_dir}})" \
  --initial-advertise-peer-urls {{quote .peer_url}} --initial-cluster-token "$TOKEN" \
  --initial-cluster {{range $i, $m := $.members}}{{if $i}},{{end}}{{quote $m.name}}={{quote $m.peer_url}}{{end}} \
  --bump-revision 1000000000 --mark-compacted
{{end}}# 4. Only when all of them are restored: put the new data in place, keep the old.
#    Within a mount point member/ changes places, and nothing else.
swap() {
  if mountpoint -q "$1"; then
    test ! -e "$1/member" || { mkdir "$1/.old" && mv "$1/member" "$1/.old/member"; }
    mv "$1/.new/member" "$1/member" && rmdir "$1/.new"
  else
    test ! -e "$1" || mv "$1" "$1.old"
    mv "$1.new" "$1"
  fi
}
{{range .members}}swap {{quote .data_dir}}
{{end}}# 5. Start the members, then the API servers.
{{range .members}}{{template "start" .}}{{end}}{{range .quiesce}}{{template "start" .}}{{end}}{{range $i, $m := .members}}{{if not $i}}{{with $m.static_pod}}# 6. Restart the control plane: what it cached is of a time that is gone.
for pod in kube-apiserver kube-controller-manager kube-scheduler; do
  mv "$(dirname {{quote .}})/$pod.yaml" "$(dirname {{quote .}})-stopped/" && sleep 20 && mv "$(dirname {{quote .}})-stopped/$pod.yaml" "$(dirname {{quote .}})/"
done
{{end}}{{end}}{{end}}`
