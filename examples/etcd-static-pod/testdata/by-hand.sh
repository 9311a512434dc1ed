# What people do by hand when etcd is a static pod, without pauses. It prints the
# seconds since its first action as JSON.
kubectl create configmap by-hand-before >&2
etcdctl snapshot save "$DIR/etcd.db" >&2
kubectl delete configmap by-hand-before >&2

begun=$(date +%s.%N)
since() { echo "$(date +%s.%N) $begun" | awk '{printf "%.2f", $1 - $2}'; }
listens() { curl -sk --max-time 2 -o /dev/null "$ETCD_ENDPOINTS" || test $? -ne 7; }
within() { # seconds, command: until it succeeds
	end=$(($(date +%s) + $1)); shift
	until "$@" >/dev/null 2>&1; do
		test "$(date +%s)" -lt "$end" || { echo "in vain: $*" >&2; exit 1; }
		sleep 0.1
	done
}

mv "$MANIFEST" "$DIR/etcd.yaml"
stopped() { ! listens; }
within 120 stopped
printf '{"Stopped":%s' "$(since)"
peer=${ETCD_ENDPOINTS%:*}:2380
etcdutl snapshot restore "$DIR/etcd.db" --name "$NODE" --data-dir "$DATA-restored" --initial-cluster "$NODE=$peer" \
	--initial-advertise-peer-urls "$peer" --initial-cluster-token etcd-cluster-1 --bump-revision 1000000000 --mark-compacted >&2
printf ',"Restored":%s' "$(since)"
sed -i "s|--data-dir=$DATA\$|--data-dir=$DATA-restored|; s|\"$DATA\"|\"$DATA-restored\"|" "$DIR/etcd.yaml"
grep -q -- "--data-dir=$DATA-restored" "$DIR/etcd.yaml"
mv "$DIR/etcd.yaml" "$MANIFEST"
within 300 listens
printf ',"Listens":%s' "$(since)"
within 300 kubectl get configmap by-hand-before --request-timeout=2s
printf ',"Answers":%s}\n' "$(since)"
kubectl delete configmap by-hand-before >&2
