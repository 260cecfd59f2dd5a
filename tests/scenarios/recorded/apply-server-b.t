$ kubectl apply --server-side -f - <<'EOF'
> apiVersion: apps/v1
> kind: Deployment
> metadata: {name: d, labels: {app: d}}
> spec:
>   replicas: 1
>   selector: {matchLabels: {app: d}}
>   template:
>     metadata: {labels: {app: d}}
>     spec:
>       containers:
>       - {name: c, image: "nginx:1.27", ports: [{containerPort: 80}], env: [{name: A, value: "1"}]}
> EOF
deployment.apps/d serverside-applied
$ kubectl apply --server-side --field-manager=scaler -f - <<'EOF'
> apiVersion: apps/v1
> kind: Deployment
> metadata: {name: d}
> spec: {replicas: 3}
> EOF
error: Apply failed with 1 conflict: conflict with "kubectl": .spec.replicas
Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the `--force-conflicts` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts
[exit 1]
$ kubectl apply --server-side --field-manager=scaler --force-conflicts -f - -o jsonpath='{.spec.replicas}{"\n"}' <<'EOF'
> apiVersion: apps/v1
> kind: Deployment
> metadata: {name: d}
> spec: {replicas: 3}
> EOF
3
$ kubectl apply --server-side --field-manager=third -f - <<'EOF'
> apiVersion: apps/v1
> kind: Deployment
> metadata: {name: d, labels: {app: e}}
> spec:
>   replicas: 9
>   template:
>     spec:
>       containers:
>       - {name: c, image: "nginx:1.28"}
> EOF
error: Apply failed with 3 conflicts: conflicts with "kubectl":
- .metadata.labels.app
- .spec.template.spec.containers[name="c"].image
conflicts with "scaler":
- .spec.replicas
Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the `--force-conflicts` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts
[exit 1]
$ kubectl scale deploy d --replicas=2
deployment.apps/d scaled
$ kubectl get deploy d --show-managed-fields -o jsonpath='{range .metadata.managedFields[?(@.subresource!="status")]}{.manager} {.operation} {.subresource} {.fieldsV1}{"\n"}{end}' | sort
kubectl Update scale {"f:spec":{"f:replicas":{}}}
$ kubectl apply --server-side --field-manager=adder -f - <<'EOF'
> apiVersion: apps/v1
> kind: Deployment
> metadata: {name: d}
> spec:
>   template:
>     spec:
>       containers:
>       - {name: c, env: [{name: B, value: "2"}]}
>       - {name: side, image: busybox}
> EOF
deployment.apps/d serverside-applied
$ kubectl get deploy d -o jsonpath='{range .spec.template.spec.containers[*]}{.name} {.image} {.env}{"\n"}{end}'
c nginx:1.27 [{"name":"A","value":"1"},{"name":"B","value":"2"}]
side busybox 
$ kubectl apply --server-side --field-manager=adder -f - <<'EOF'
> apiVersion: apps/v1
> kind: Deployment
> metadata: {name: d}
> EOF
deployment.apps/d serverside-applied
$ kubectl get deploy d -o jsonpath='{range .spec.template.spec.containers[*]}{.name} {.image} {.env}{"\n"}{end}'
c nginx:1.27 [{"name":"A","value":"1"}]
$ kubectl apply --server-side --field-manager=svc -f - <<'EOF'
> apiVersion: v1
> kind: Service
> metadata: {name: s}
> spec:
>   selector: {app: d}
>   ports: [{port: 80, protocol: TCP, name: http}, {port: 443, name: tls}]
> EOF
service/s serverside-applied
$ kubectl apply --server-side --field-manager=svc2 -f - <<'EOF'
> apiVersion: v1
> kind: Service
> metadata: {name: s}
> spec:
>   ports: [{port: 80, protocol: TCP, name: web}]
> EOF
error: Apply failed with 1 conflict: conflict with "svc": .spec.ports[port=80,protocol="TCP"].name
Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the `--force-conflicts` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts
[exit 1]
$ kubectl apply --server-side --field-manager=svc -f - <<'EOF'
> apiVersion: v1
> kind: Service
> metadata: {name: s}
> spec:
>   selector: {app: d}
>   ports: [{port: 80, protocol: TCP, name: http}]
> EOF
service/s serverside-applied
$ kubectl get svc s -o jsonpath='{.spec.ports[*].name}{"\n"}'
http
$ kubectl apply -f - <<'EOF'
> apiVersion: v1
> kind: ConfigMap
> metadata: {name: moved}
> data: {a: "1", b: "2"}
> EOF
configmap/moved created
$ kubectl apply --server-side -f - <<'EOF'
> apiVersion: v1
> kind: ConfigMap
> metadata: {name: moved}
> data: {a: "1"}
> EOF
configmap/moved serverside-applied
$ kubectl get cm moved --show-managed-fields -o jsonpath='{.data} {range .metadata.managedFields[*]}{.manager} {.operation}{"\n"}{end}'
{"a":"1"} kubectl-last-applied Apply
kubectl Apply
$ kubectl apply -f - <<'EOF'
> apiVersion: v1
> kind: ConfigMap
> metadata: {name: moved}
> data: {a: "5"}
> EOF
configmap/moved configured
$ kubectl apply --server-side -f - --validate=strict <<'EOF'
> apiVersion: v1
> kind: ConfigMap
> metadata: {name: typo}
> datas: {a: "1"}
> EOF
Error from server: failed to create typed patch object (t-apply-server-b/typo; /v1, Kind=ConfigMap): .datas: field not declared in schema
[exit 1]
$ kubectl apply --server-side --validate=false -f - <<'EOF'
> apiVersion: v1
> kind: ConfigMap
> metadata: {name: typo}
> datas: {a: "1"}
> EOF
Error from server: failed to create typed patch object (t-apply-server-b/typo; /v1, Kind=ConfigMap): .datas: field not declared in schema
[exit 1]
$ kubectl apply --server-side --validate=warn -f - <<'EOF'
> apiVersion: v1
> kind: ConfigMap
> metadata: {name: typo2}
> datas: {a: "1"}
> data: {b: "2"}
> EOF
Error from server: failed to create typed patch object (t-apply-server-b/typo2; /v1, Kind=ConfigMap): .datas: field not declared in schema
[exit 1]
$ kubectl apply --server-side -f - <<'EOF'
> apiVersion: v1
> kind: ConfigMap
> metadata: {name: managed, managedFields: [{manager: x, operation: Apply}]}
> EOF
Error from server (BadRequest): metadata.managedFields must be nil
[exit 1]
$ kubectl apply --server-side -f - <<'EOF'
> apiVersion: v1
> kind: Pod
> metadata: {name: dup}
> spec: {containers: [{name: a, image: x}, {name: a, image: y}]}
> EOF
Error from server: failed to create typed patch object (t-apply-server-b/dup; /v1, Kind=Pod): errors:
  .spec.containers: duplicate entries for key [name="a"]
  .spec.containers[name="a"].image: expected string, got &value.valueUnstructured{Value:true}
[exit 1]
$ kubectl apply --server-side -f - <<'EOF'
> apiVersion: v1
> kind: Pod
> metadata: {name: nokey}
> spec: {containers: [{image: x}]}
> EOF
The Pod "nokey" is invalid: spec.containers[0].name: Required value
[exit 1]
$ kubectl apply --server-side -f - <<'EOF'
> apiVersion: v1
> kind: ConfigMap
> metadata: {name: typed}
> data: {a: 1}
> EOF
Error from server: failed to create typed patch object (t-apply-server-b/typed; /v1, Kind=ConfigMap): .data.a: expected string, got &value.valueUnstructured{Value:1}
[exit 1]
$ kubectl patch cm moved --type=apply --field-manager=x -p '{}'
error: --type must be one of [json merge strategic], not "apply"
[exit 1]
$ kubectl create cm plain --from-literal=a=b --field-manager=maker
configmap/plain created
$ kubectl annotate cm plain x=y --field-manager=noter
configmap/plain annotated
$ kubectl get cm plain --show-managed-fields -o jsonpath='{range .metadata.managedFields[*]}{.manager} {.operation}{"\n"}{end}'
maker Update
noter Update
$ kubectl apply --server-side --field-manager=noter --dry-run=server -f - -o yaml --show-managed-fields <<'EOF'
> apiVersion: v1
> kind: ConfigMap
> metadata: {name: plain, annotations: {x: y}}
> EOF
error: unable to decode "STDIN": json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.annotations of type string
[exit 1]
$ kubectl apply --server-side --force -f - <<'EOF'
> apiVersion: v1
> kind: ConfigMap
> metadata: {name: plain}
> EOF
error: --force cannot be used with --server-side
[exit 1]
$ kubectl get -A cm --show-managed-fields -o jsonpath='{.items[0].kind}'
ConfigMap
