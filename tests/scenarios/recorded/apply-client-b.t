! mkdir -p $TMP/d; printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: aa, labels: {set: x}}\ndata: {k: "1"}\n' > $TMP/d/a.yaml; printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bb, labels: {set: x}}\ndata: {k: "2"}\n' > $TMP/d/b.yaml
$ kubectl apply -f $TMP/d
configmap/aa created
configmap/bb created
$ kubectl apply -f $TMP/d --dry-run=client
configmap/aa unchanged (dry run)
configmap/bb unchanged (dry run)
$ kubectl apply -f $TMP/d --dry-run=client -o yaml
apiVersion: v1
items:
- apiVersion: v1
  data:
    k: "1"
  kind: ConfigMap
  metadata:
    annotations:
      kubectl.kubernetes.io/last-applied-configuration: |
        {"apiVersion":"v1","data":{"k":"1"},"kind":"ConfigMap","metadata":{"annotations":{},"labels":{"set":"x"},"name":"aa","namespace":"t-apply-client-b"}}
    creationTimestamp: "2026-11-30T15:53:10Z"
    labels:
      set: x
    name: aa
    namespace: t-apply-client-b
    resourceVersion: "414"
    uid: 6a8ec051-74bc-4b95-9a15-b24370a64047
- apiVersion: v1
  data:
    k: "2"
  kind: ConfigMap
  metadata:
    annotations:
      kubectl.kubernetes.io/last-applied-configuration: |
        {"apiVersion":"v1","data":{"k":"2"},"kind":"ConfigMap","metadata":{"annotations":{},"labels":{"set":"x"},"name":"bb","namespace":"t-apply-client-b"}}
    creationTimestamp: "2026-11-30T15:53:10Z"
    labels:
      set: x
    name: bb
    namespace: t-apply-client-b
    resourceVersion: "421"
    uid: 8f3901e4-e669-4b64-8dfe-744a7fa4a3ff
kind: List
metadata: {}
$ kubectl apply -f $TMP/d/a.yaml -o yaml | grep -v last-applied
apiVersion: v1
data:
  k: "1"
kind: ConfigMap
metadata:
  annotations:
      {"apiVersion":"v1","data":{"k":"1"},"kind":"ConfigMap","metadata":{"annotations":{},"labels":{"set":"x"},"name":"aa","namespace":"t-apply-client-b"}}
  creationTimestamp: "2026-11-30T15:53:10Z"
  labels:
    set: x
  name: aa
  namespace: t-apply-client-b
  resourceVersion: "414"
  uid: 6a8ec051-74bc-4b95-9a15-b24370a64047
$ kubectl apply -f $TMP/d/a.yaml -o json | jq -c .data
{"k":"1"}
$ kubectl apply -f $TMP/d/a.yaml -o jsonpath='{.metadata.name}{"\n"}'
aa
$ kubectl apply -f $TMP/d/a.yaml --dry-run=server -o name
configmap/aa
$ rm $TMP/d/b.yaml; kubectl apply -f $TMP/d --prune -l set=x
configmap/aa unchanged
W1130 15:53:24.846495   21745 prune.go:71] Deprecated: kubectl apply will no longer prune non-namespaced resources by default when used with the --namespace flag in a future release. To preserve the current behaviour, list the resources you want to target explicitly in the --prune-allowlist flag.
configmap/bb pruned
Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice
$ kubectl apply -f $TMP/d --prune
error: all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all flag. If you did not mean to prune all resources, specify a label selector
[exit 1]
$ kubectl apply -f $TMP/d --prune -l set=x --dry-run=server
configmap/aa unchanged (server dry run)
W1130 15:53:28.341637   21907 prune.go:71] Deprecated: kubectl apply will no longer prune non-namespaced resources by default when used with the --namespace flag in a future release. To preserve the current behaviour, list the resources you want to target explicitly in the --prune-allowlist flag.
Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice
$ kubectl apply -f $TMP/d --prune --all --prune-allowlist=core/v1/ConfigMap --dry-run=client
configmap/aa unchanged (dry run)
$ kubectl apply -f $TMP/d --prune -l set=x --prune-allowlist=core/v1/Gizmo
error: no matches for kind "Gizmo" in version "v1"
[exit 1]
$ kubectl apply view-last-applied -f $TMP/d/a.yaml
apiVersion: v1
data:
  k: "1"
kind: ConfigMap
metadata:
  annotations: {}
  labels:
    set: x
  name: aa
  namespace: t-apply-client-b
$ kubectl apply view-last-applied cm aa -o json
{
  "apiVersion": "v1",
  "data": {
    "k": "1"
  },
  "kind": "ConfigMap",
  "metadata": {
    "annotations": {},
    "labels": {
      "set": "x"
    },
    "name": "aa",
    "namespace": "t-apply-client-b"
  }
}
$ kubectl apply view-last-applied cm aa -o wide
error: Unexpected -o output mode: wide, the flag 'output' must be one of yaml|json
See 'kubectl apply view-last-applied -h' for help and examples
[exit 1]
$ kubectl apply view-last-applied cm kube-root-ca.crt
$ kubectl apply view-last-applied cm ghost
Error from server (NotFound): configmaps "ghost" not found
[exit 1]
$ kubectl apply view-last-applied
error: You must provide one or more resources by argument or filename.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
   '<resource> <name>'
   '<resource>'
[exit 1]
$ kubectl create cm fresh --from-literal=a=b
configmap/fresh created
$ kubectl apply set-last-applied -f - <<'EOF'
> apiVersion: v1
> kind: ConfigMap
> metadata: {name: fresh}
> data: {a: b}
> EOF
error: no last-applied-configuration annotation found on resource: fresh, to create the annotation, run the command with --create-annotation
[exit 1]
$ kubectl apply set-last-applied --create-annotation -f - <<'EOF'
> apiVersion: v1
> kind: ConfigMap
> metadata: {name: fresh}
> data: {a: b}
> EOF
configmap/fresh configured
$ kubectl apply set-last-applied --create-annotation -f - -o yaml <<'EOF' | grep -A3 annotations
> apiVersion: v1
> kind: ConfigMap
> metadata: {name: fresh}
> data: {a: c}
> EOF
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: |
      {"apiVersion":"v1","data":{"a":"c"},"kind":"ConfigMap","metadata":{"name":"fresh","namespace":"t-apply-client-b"}}
  creationTimestamp: "2026-11-30T15:53:33Z"
$ KUBE_EDITOR='sed -i s/c/d/' kubectl apply edit-last-applied cm fresh
configmap/fresh edited
$ kubectl apply -f - <<'EOF'
> apiVersion: v1
> kind: List
> items:
> - apiVersion: v1
>   kind: ConfigMap
>   metadata: {name: l1}
> - apiVersion: v1
>   kind: ConfigMap
>   metadata: {name: l2}
> EOF
configmap/l1 created
configmap/l2 created
$ kubectl apply -f - <<'EOF'
> {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"js","annotations":{"n":"1"}},"data":{"x":"y"}}
> EOF
configmap/js created
$ kubectl apply -f - <<'EOF'
> {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"js"},"data":{"x":null,"z":"q"}}
> EOF
configmap/js configured
$ kubectl get cm js -o jsonpath='{.data} {.metadata.annotations.n}{"\n"}'
{"z":"q"} 
$ kubectl apply -f - <<'EOF'
> apiVersion: v1
> kind: ConfigMap
> metadata: {generateName: gen-}
> EOF
error: from gen-: cannot use generate name with apply
[exit 1]
$ kubectl apply -f - <<'EOF'
> apiVersion: v1
> kind: ConfigMap
> metadata: {name: elsewhere, namespace: t-no-such}
> EOF
Error from server (NotFound): error when creating "STDIN": namespaces "t-no-such" not found
[exit 1]
$ kubectl apply -n default -f - <<'EOF'
> apiVersion: v1
> kind: ConfigMap
> metadata: {name: elsewhere, namespace: t-no-such}
> EOF
error: the namespace from the provided object "t-no-such" does not match the namespace "default". You must pass '--namespace=t-no-such' to perform this operation.
[exit 1]
$ kubectl apply -f - <<'EOF'
> apiVersion: v1
> kind: ConfigMap
> metadata: {name: one-ok}
> ---
> apiVersion: v1
> kind: ConfigMap
> metadata: {name: Two_Bad}
> ---
> apiVersion: v1
> kind: Gizmo
> metadata: {name: three}
> EOF
configmap/one-ok created
resource mapping not found for name: "three" namespace: "" from "STDIN": no matches for kind "Gizmo" in version "v1"
ensure CRDs are installed first
Error from server (Invalid): error when creating "STDIN": ConfigMap "Two_Bad" is invalid: metadata.name: Invalid value: "Two_Bad": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')
[exit 1]
$ kubectl get cm one-ok -o name
configmap/one-ok
$ kubectl apply -f - --force --grace-period=0 <<'EOF'
> apiVersion: v1
> kind: ConfigMap
> metadata: {name: one-ok}
> data: {forced: "yes"}
> EOF
configmap/one-ok configured
$ kubectl apply -f - <<'EOF'
> EOF
error: no objects passed to apply
[exit 1]
$ printf '' | kubectl apply -f -
error: no objects passed to apply
[exit 1]
$ printf '# only a comment\n' | kubectl apply -f -
error: no objects passed to apply
[exit 1]
$ kubectl apply -f - --server-side --dry-run=client <<'EOF'
> apiVersion: v1
> kind: ConfigMap
> metadata: {name: one-ok}
> EOF
error: --dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)
[exit 1]
$ kubectl apply -f - --force-conflicts <<'EOF'
> apiVersion: v1
> kind: ConfigMap
> metadata: {name: one-ok}
> EOF
error: --force-conflicts only works with --server-side
[exit 1]
$ kubectl apply -f $TMP/d/a.yaml extra
error: Unexpected args: [extra]
See 'kubectl apply -h' for help and examples
[exit 1]
$ kubectl apply -f $TMP/d/a.yaml --overwrite=false
configmap/aa unchanged
