! kubectl create deployment top --image=nginx:1.27 --replicas=2; kubectl patch deploy top -p '{"spec":{"template":{"spec":{"terminationGracePeriodSeconds":0}}}}'; kubectl rollout status deploy/top
$ kubectl delete deploy top --cascade=background --wait=false
deployment.apps "top" deleted from t-owners-b namespace
! kubectl wait --for=delete rs,pod -l app=top --timeout=30s
$ kubectl get rs,pods -l app=top
No resources found in t-owners-b namespace.
$ kubectl create cm p1 --from-literal=a=b
configmap/p1 created
$ kubectl create cm p2 --from-literal=a=b
configmap/p2 created
$ kubectl apply -f - <<EOF
> apiVersion: v1
> kind: ConfigMap
> metadata:
>   name: child
>   ownerReferences:
>   - {apiVersion: v1, kind: ConfigMap, name: p1, uid: $(kubectl get cm p1 -o jsonpath='{.metadata.uid}'), blockOwnerDeletion: true}
>   - {apiVersion: v1, kind: ConfigMap, name: p2, uid: $(kubectl get cm p2 -o jsonpath='{.metadata.uid}')}
> EOF
configmap/child created
$ kubectl delete cm p1 --cascade=foreground --wait=false
configmap "p1" deleted from t-owners-b namespace
! sleep 2
$ kubectl get cm p1 child --ignore-not-found -o name
configmap/child
$ kubectl get cm child -o jsonpath='{.metadata.ownerReferences[*].name}{"\n"}'
p2
$ kubectl delete cm p2 --cascade=orphan
configmap "p2" deleted from t-owners-b namespace
! sleep 1
$ kubectl get cm child -o jsonpath='[{.metadata.ownerReferences}]{"\n"}'
[]
$ kubectl apply -f - <<EOF
> apiVersion: v1
> kind: ConfigMap
> metadata:
>   name: dangling
>   ownerReferences:
>   - {apiVersion: v1, kind: ConfigMap, name: none, uid: 00000000-0000-0000-0000-000000000001}
> EOF
configmap/dangling created
$ kubectl wait --for=delete cm/dangling --timeout=30s
! kubectl apply -f - <<EOF
> apiVersion: v1
> kind: ConfigMap
> metadata:
>   name: dup
>   ownerReferences:
>   - {apiVersion: v1, kind: ConfigMap, name: a, uid: x, controller: true}
>   - {apiVersion: v1, kind: ConfigMap, name: b, uid: y, controller: true}
> EOF
$ kubectl apply -f - <<EOF
> apiVersion: v1
> kind: ConfigMap
> metadata:
>   name: bad
>   ownerReferences:
>   - {apiVersion: v1, kind: ConfigMap, name: "", uid: ""}
> EOF
The ConfigMap "bad" is invalid: 
* metadata.ownerReferences.name: Invalid value: "": must not be empty
* metadata.ownerReferences.uid: Invalid value: "": must not be empty
[exit 1]
$ kubectl apply -f - <<EOF
> apiVersion: v1
> kind: ConfigMap
> metadata:
>   name: nsowned
>   ownerReferences:
>   - {apiVersion: v1, kind: Namespace, name: $NS, uid: $(kubectl get ns $NS -o jsonpath='{.metadata.uid}')}
> EOF
configmap/nsowned created
$ kubectl get cm nsowned -o name
configmap/nsowned
$ kubectl create cm held --from-literal=a=b
configmap/held created
$ kubectl patch cm held -p '{"metadata":{"finalizers":["x.test/a","x.test/b"]}}'
configmap/held patched
$ kubectl patch cm held -p '{"metadata":{"finalizers":["x.test/c"]}}'
configmap/held patched
$ kubectl get cm held -o jsonpath='{.metadata.finalizers}{"\n"}'
["x.test/c","x.test/a","x.test/b"]
$ kubectl patch cm held -p '{"metadata":{"$deleteFromPrimitiveList/finalizers":["x.test/a"]}}'
configmap/held patched
$ kubectl get cm held -o jsonpath='{.metadata.finalizers}{"\n"}'
["x.test/c","x.test/b"]
$ kubectl patch cm held -p '{"metadata":{"finalizers":["noslash"]}}'
The ConfigMap "held" is invalid: metadata.finalizers[0]: Invalid value: "noslash": name is neither a standard finalizer name nor is it fully qualified
[exit 1]
$ kubectl patch cm held -p '{"metadata":{"finalizers":["orphan"]}}'
configmap/held patched
$ kubectl delete cm held --timeout=1s
configmap "held" deleted from t-owners-b namespace
error: timed out waiting for the condition on configmaps/held
[exit 1]
$ kubectl get cm held -o jsonpath='{.metadata.deletionTimestamp}' | wc -c
20
$ kubectl delete cm held --wait=false --force
Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.
configmap "held" force deleted from t-owners-b namespace
$ kubectl label cm held still=here
configmap/held labeled
$ kubectl get cm held
NAME   DATA   AGE
held   1      3s
$ kubectl describe cm held | head -4
Name:         held
Namespace:    t-owners-b
Labels:       still=here
Annotations:  <none>
$ kubectl replace -f - <<'EOF'
> apiVersion: v1
> kind: ConfigMap
> metadata: {name: held}
> EOF
configmap/held replaced
$ kubectl get cm held
Error from server (NotFound): configmaps "held" not found
[exit 1]
$ kubectl apply -f - <<'EOF'
> apiVersion: apps/v1
> kind: ReplicaSet
> metadata: {name: rs}
> spec: {replicas: 1, selector: {matchLabels: {a: rs}}, template: {metadata: {labels: {a: rs}}, spec: {terminationGracePeriodSeconds: 0, containers: [{name: c, image: nginx}]}}}
> EOF
replicaset.apps/rs created
! sleep 2
$ kubectl patch pod -l a=rs -p '{}' 
error: unknown shorthand flag: 'l' in -l
See 'kubectl patch --help' for usage.
[exit 1]
$ P=$(kubectl get pods -l a=rs -o name); kubectl patch $P --type=json -p '[{"op":"remove","path":"/metadata/ownerReferences"}]' | sed 's/rs-[a-z0-9]*/rs-X/'
pod/rs-X patched
! sleep 2
$ kubectl get pods -l a=rs -o jsonpath='{.items[*].metadata.ownerReferences[0].name}{"\n"}'
rs
$ kubectl delete rs rs --cascade=true
warning: --cascade=true is deprecated (boolean value) and can be replaced with --cascade=background.
replicaset.apps "rs" deleted from t-owners-b namespace
$ kubectl delete cm child --cascade=false
warning: --cascade=false is deprecated (boolean value) and can be replaced with --cascade=orphan.
configmap "child" deleted from t-owners-b namespace
$ kubectl delete cm nsowned --cascade
configmap "nsowned" deleted from t-owners-b namespace
