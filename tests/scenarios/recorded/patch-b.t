! kubectl create deployment p --image=nginx:1.27 --replicas=0; kubectl create svc clusterip s --tcp=80 --tcp=443; kubectl create cm c --from-literal=a=1 --from-literal=b=2
$ kubectl patch deploy p -p '{"spec":{"template":{"spec":{"containers":[{"name":"nginx","ports":[{"containerPort":80},{"containerPort":81}],"env":[{"name":"A","value":"1"},{"name":"B","value":"2"}]}],"tolerations":[{"key":"a"}],"volumes":[{"name":"v","emptyDir":{}}]}}}}'
deployment.apps/p patched
$ kubectl patch deploy p -p '{"spec":{"template":{"spec":{"containers":[{"name":"nginx","ports":[{"containerPort":81,"name":"x"}],"env":[{"name":"B","$patch":"delete"},{"name":"C","value":"3"}]}],"tolerations":[{"key":"b"}]}}}}'
deployment.apps/p patched
$ kubectl get deploy p -o jsonpath='{.spec.template.spec.containers[0].ports} {.spec.template.spec.containers[0].env} {.spec.template.spec.tolerations}{"\n"}'
[{"containerPort":80,"protocol":"TCP"},{"containerPort":81,"name":"x","protocol":"TCP"}] [{"name":"C","value":"3"},{"name":"A","value":"1"}] [{"key":"b"}]
$ kubectl patch deploy p -p '{"spec":{"template":{"spec":{"containers":[{"$patch":"replace"},{"name":"only","image":"redis"}]}}}}'
deployment.apps/p patched
$ kubectl get deploy p -o jsonpath='{.spec.template.spec.containers[*].name}{"\n"}'
only
$ kubectl patch deploy p -p '{"spec":{"template":{"spec":{"$setElementOrder/containers":[{"name":"b"},{"name":"only"}],"containers":[{"name":"b","image":"busybox"}]}}}}'
deployment.apps/p patched
$ kubectl get deploy p -o jsonpath='{.spec.template.spec.containers[*].name}{"\n"}'
b only
$ kubectl patch deploy p -p '{"spec":{"template":{"spec":{"volumes":[{"$patch":"delete","name":"v"}]}}}}'
deployment.apps/p patched
$ kubectl patch deploy p -p '{"spec":{"template":{"spec":{"containers":[{"image":"noname"}]}}}}'
Error from server: map: map[image:noname] does not contain declared merge key: name
[exit 1]
$ kubectl patch deploy p -p '{"spec":{"template":{"spec":{"containers":[{"$patch":"merge","name":"b"}]}}}}'
Error from server: merging lists cannot yet be specified in the patch
[exit 1]
$ kubectl patch deploy p -p '{"spec":{"template":{"metadata":{"$patch":"replace","labels":{"app":"p"}}}}}'
deployment.apps/p patched (no change)
$ kubectl patch deploy p -p '{"spec":null}'
The Deployment "p" is invalid: 
* spec.selector: Required value
* spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`
* spec.template.spec.containers: Required value
* spec.selector: Invalid value: null: field is immutable
[exit 1]
$ kubectl patch deploy p --type=merge -p '{"spec":{"replicas":null}}'
deployment.apps/p patched
$ kubectl get deploy p -o jsonpath='{.spec.replicas}{"\n"}'
1
$ kubectl patch deploy p --type=merge -p '[]'
Error from server (BadRequest): error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}
[exit 1]
$ kubectl patch deploy p --type=merge -p '"x"'
Error from server (BadRequest): error decoding patch: json: cannot unmarshal string into Go value of type map[string]interface {}
[exit 1]
$ kubectl patch deploy p --type=merge -p 'null'
Error from server (BadRequest): Invalid JSON Patch
[exit 1]
$ kubectl patch deploy p -p ''
error: must specify --patch or --patch-file containing the contents of the patch
[exit 1]
$ kubectl patch deploy p -p '{"metadata":{"labels":{"a":1}}}'
The request is invalid: patch: Invalid value: "map[metadata:map[labels:map[a:1]]]": cannot convert int64 to string
[exit 1]
$ kubectl patch deploy p -p '{"metadata":{"labels":["a"]}}'
The request is invalid: patch: Invalid value: "map[metadata:map[labels:[a]]]": cannot restore map from slice
[exit 1]
$ kubectl patch deploy p -p '{"spec":{"template":{"spec":{"containers":{}}}}}'
The request is invalid: patch: Invalid value: "map[spec:map[template:map[spec:map[containers:map[]]]]]": cannot restore slice from map
[exit 1]
$ kubectl patch deploy p -p '{"spec":{"paused":"yes"}}'
The request is invalid: patch: Invalid value: "map[spec:map[paused:yes]]": unrecognized type: bool
[exit 1]
! kubectl patch deploy p --type=json -p '[{"op":"add","path":"/spec/replicas","value":"2"}]'
$ kubectl patch deploy p --type=json -p '[{"op":"add","path":"/metadata/annotations/a~1b","value":"c"},{"op":"add","path":"/metadata/annotations/d~0e","value":"f"}]'
The Deployment "p" is invalid: metadata.annotations: Invalid value: "d~e": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')
[exit 1]
$ kubectl get deploy p -o jsonpath='{.metadata.annotations}{"\n"}'
{"deployment.kubernetes.io/revision":"6"}
$ kubectl patch deploy p --type=json -p '[{"op":"add","path":"/metadata/nothing/deep","value":"c"}]'
The request is invalid: the server rejected our request due to an error in our request
[exit 1]
$ kubectl patch deploy p --type=json -p '[{"op":"replace","path":"/metadata/labels/none","value":"c"}]'
deployment.apps/p patched
$ kubectl patch deploy p --type=json -p '[{"op":"remove","path":"/spec/template/spec/containers/7"}]'
The request is invalid: the server rejected our request due to an error in our request
[exit 1]
$ kubectl patch deploy p --type=json -p '[{"op":"add","path":"/spec/template/spec/containers/9","value":{"name":"z","image":"z"}}]'
The request is invalid: the server rejected our request due to an error in our request
[exit 1]
$ kubectl patch deploy p --type=json -p '[{"op":"add","path":"/spec/template/spec/containers/0","value":{"name":"first","image":"z"}}]'
deployment.apps/p patched
$ kubectl patch deploy p --type=json -p '[{"op":"explode","path":"/spec"}]'
The request is invalid: the server rejected our request due to an error in our request
[exit 1]
! kubectl patch deploy p --type=json -p '[{"op":"test","path":"/spec/none","value":null}]'
$ kubectl patch deploy p --type=json -p '[{"op":"add","path":"spec","value":1}]'
The request is invalid: the server rejected our request due to an error in our request
[exit 1]
$ kubectl patch deploy p --type=json -p '[{"path":"/spec/replicas","value":1}]'
The request is invalid: the server rejected our request due to an error in our request
[exit 1]
$ kubectl patch deploy p --type=json -p '[{"op":"add","value":1}]'
The request is invalid: the server rejected our request due to an error in our request
[exit 1]
$ kubectl patch deploy p --type=json -p '[{"op":"move","from":"/nope","path":"/spec/x"}]'
The request is invalid: the server rejected our request due to an error in our request
[exit 1]
$ kubectl patch deploy p --type=json -p '[]'
deployment.apps/p patched (no change)
$ kubectl patch svc s -p '{"spec":{"ports":[{"port":80,"targetPort":8080}]}}'
service/s patched
$ kubectl get svc s -o jsonpath='{.spec.ports}{"\n"}'
[{"name":"80","port":80,"protocol":"TCP","targetPort":8080},{"name":"443","port":443,"protocol":"TCP","targetPort":443}]
$ kubectl patch svc s -p '{"spec":{"ports":[{"port":443,"$patch":"delete"}]}}'
service/s patched
$ kubectl get svc s -o jsonpath='{.spec.ports[*].port}{"\n"}'
80
$ kubectl patch cm c --type=merge -p '{"data":{"a":null,"c":"3"}}' -o jsonpath='{.data}{"\n"}'
{"b":"2","c":"3"}
$ kubectl patch cm c -p '{"data":null}' -o yaml | grep -vE 'uid|Time|resourceVersion'
apiVersion: v1
kind: ConfigMap
metadata:
  name: c
  namespace: t-patch-b
$ kubectl patch cm c -p '{"data":{"x":5}}'
The request is invalid: patch: Invalid value: "map[data:map[x:5]]": cannot convert int64 to string
[exit 1]
$ kubectl patch cm c --patch '{"data":{"x":"5"}}' --record
Flag --record has been deprecated, --record will be removed in the future
configmap/c patched
$ kubectl get cm c -o jsonpath='{.metadata.annotations}{"\n"}'
{"kubernetes.io/change-cause":"kubectl patch cm c --patch={\"data\":{\"x\":\"5\"}} --record=true"}
! kubectl patch cm c --patch-file=/dev/stdin <<'EOF'
> data: {y: "6"}
> EOF
$ kubectl patch cm -p '{}' --all
error: unknown flag: --all
See 'kubectl patch --help' for usage.
[exit 1]
$ kubectl replace -f - <<'EOF'
> apiVersion: v1
> kind: ConfigMap
> metadata: {name: c, labels: {new: l}}
> data: {only: this}
> EOF
configmap/c replaced
$ kubectl get cm c -o jsonpath='{.data} {.metadata.labels} {.metadata.annotations}{"\n"}'
{"only":"this"} {"new":"l"} 
$ kubectl replace --save-config -f - <<'EOF'
> apiVersion: v1
> kind: ConfigMap
> metadata: {name: c}
> EOF
configmap/c replaced
$ kubectl replace --dry-run=server -f - <<'EOF'
> apiVersion: v1
> kind: ConfigMap
> metadata: {name: c}
> EOF
configmap/c replaced (server dry run)
$ kubectl replace --force -f - <<'EOF'
> apiVersion: v1
> kind: ConfigMap
> metadata: {name: notthere}
> EOF
configmap/notthere replaced
$ kubectl replace -f - <<'EOF'
> apiVersion: v1
> kind: ConfigMap
> metadata: {name: c, resourceVersion: "1"}
> EOF
Error from server (Conflict): error when replacing "STDIN": Operation cannot be fulfilled on configmaps "c": the object has been modified; please apply your changes to the latest version and try again
[exit 1]
$ kubectl replace --subresource=status -f - <<'EOF'
> apiVersion: v1
> kind: ConfigMap
> metadata: {name: c}
> EOF
Error from server (NotFound): error when replacing "STDIN": the server could not find the requested resource
[exit 1]
$ kubectl replace --subresource=scale -f - <<'EOF'
> apiVersion: autoscaling/v1
> kind: Scale
> metadata: {name: p}
> spec: {replicas: 2}
> EOF
error: resource mapping not found for name: "p" namespace: "" from "STDIN": no matches for kind "Scale" in version "autoscaling/v1"
ensure CRDs are installed first
[exit 1]
$ kubectl replace --raw /api/v1/namespaces/$NS/configmaps/c -f - <<EOF | jq -c .data
> {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"},"data":{"raw":"1"}}
> EOF
{"raw":"1"}
$ kubectl create --raw /api/v1/namespaces/$NS/configmaps -f - <<EOF | jq -c .metadata.name
> {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"craw"},"data":{"raw":"1"}}
> EOF
"craw"
$ kubectl delete --raw /api/v1/namespaces/$NS/configmaps/craw | jq -c '.status,.details.kind,.details.name'
"Success"
"configmaps"
"craw"
$ kubectl delete --raw /api/v1/namespaces/$NS/configmaps/craw
Error from server (NotFound): configmaps "craw" not found
[exit 1]
$ kubectl diff -f - <<'EOF' | grep -E '^[-+]' | sed 's#/tmp/[^ \t]*#F#g;s/\t.*//'
> apiVersion: v1
> kind: ConfigMap
> metadata: {name: c}
> data: {raw: "2"}
> EOF
--- F
+++ F
-  raw: "1"
+  raw: "2"
$ kubectl diff -f - <<'EOF' | grep -E '^[-+] ' | grep -vE 'uid|Time'
> apiVersion: v1
> kind: ConfigMap
> metadata: {name: newone}
> data: {raw: "2"}
> EOF
+  raw: "2"
+  name: newone
+  namespace: t-patch-b
! kubectl diff --server-side -f - <<'EOF' | grep -E '^[-+] '
> apiVersion: v1
> kind: ConfigMap
> metadata: {name: c}
> data: {raw: "2"}
> EOF
$ kubectl diff -f - <<'EOF' | grep -E '^[-+] '
> apiVersion: v1
> kind: Secret
> metadata: {name: sec}
> data: {p: YQ==}
> EOF
+  p: '***'
+  creationTimestamp: "2026-11-30T16:07:02Z"
+  name: sec
+  namespace: t-patch-b
+  uid: ec401854-4bc9-45bf-88bf-c5e8128612b1
$ kubectl diff
error: must specify one of -f and -k
[exit 2]
! KUBECTL_EXTERNAL_DIFF='echo DIFF' kubectl diff -f - <<'EOF' | cut -c1-4
> apiVersion: v1
> kind: ConfigMap
> metadata: {name: c}
> data: {raw: "2"}
> EOF
$ kubectl convert -f x
error: unknown command "convert" for "kubectl"
[exit 1]
