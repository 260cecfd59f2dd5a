# Without policies every pod reaches every pod.
$ kubectl create deployment web --image=nginx:1.27 && kubectl expose deployment web --port=80
deployment.apps/web created
service/web exposed
$ kubectl run client --image=busybox:1.36 --labels=role=client --command -- sleep 3600
pod/client created
$ kubectl run stranger --image=busybox:1.36 --command -- sleep 3600
pod/stranger created
$ kubectl wait --for=condition=Ready pod --all --timeout=60s | wc -l
3
$ cat > $TMP/ask <<'EOF'
> kubectl exec $1 -- sh -c "timeout 2 wget -qO /dev/null http://${2:-web} && echo reached || echo nothing"
> EOF
$ sh $TMP/ask client; sh $TMP/ask stranger
reached
reached
# Who denies everything is left alone.
$ kubectl apply -f - <<EOF
> apiVersion: networking.k8s.io/v1
> kind: NetworkPolicy
> metadata: {name: deny}
> spec: {podSelector: {}, policyTypes: [Ingress]}
> EOF
networkpolicy.networking.k8s.io/deny created
$ sh $TMP/ask client; sh $TMP/ask stranger
nothing
nothing
# A second policy lets some in again: policies add up.
$ kubectl apply -f - <<EOF
> apiVersion: networking.k8s.io/v1
> kind: NetworkPolicy
> metadata: {name: clients}
> spec:
>   podSelector: {matchLabels: {app: web}}
>   ingress:
>   - from: [{podSelector: {matchLabels: {role: client}}}]
>     ports: [{port: 80}]
> EOF
networkpolicy.networking.k8s.io/clients created
$ sh $TMP/ask client; sh $TMP/ask stranger
reached
nothing
# A label is all it takes.
$ kubectl label pod stranger role=client && sh $TMP/ask stranger
pod/stranger labeled
reached
# Other namespaces are strangers too, until they are named.
$ kubectl create namespace other && kubectl run guest -n other --image=busybox:1.36 --command -- sleep 3600
namespace/other created
pod/guest created
$ kubectl wait -n other --for=condition=Ready pod/guest --timeout=60s
pod/guest condition met
$ sh $TMP/ask "-n other guest" web.$NS
nothing
$ kubectl patch networkpolicy clients --type=json -p '[{"op": "add", "path": "/spec/ingress/0/from/-", "value": {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "other"}}}}]'
networkpolicy.networking.k8s.io/clients patched
$ sh $TMP/ask "-n other guest" web.$NS
reached
# Without egress there are no names either: DNS is traffic like any other.
$ kubectl apply -n other -f - <<EOF
> apiVersion: networking.k8s.io/v1
> kind: NetworkPolicy
> metadata: {name: closed}
> spec: {podSelector: {}, policyTypes: [Egress]}
> EOF
networkpolicy.networking.k8s.io/closed created
$ sh $TMP/ask "-n other guest" web.$NS
nothing
$ kubectl patch networkpolicy closed -n other --type=merge -p '{"spec": {"egress": [{"ports": [{"port": 53, "protocol": "UDP"}]}, {"to": [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "web"}}}]}]}}'
networkpolicy.networking.k8s.io/closed patched
$ sh $TMP/ask "-n other guest" web.$NS
reached
$ kubectl delete networkpolicy deny clients && sh $TMP/ask stranger
networkpolicy.networking.k8s.io "deny" deleted from t-network-policy namespace
networkpolicy.networking.k8s.io "clients" deleted from t-network-policy namespace
reached
