$ kubectl apply -f - <<'EOF'
> apiVersion: apiextensions.k8s.io/v1
> kind: CustomResourceDefinition
> metadata: {name: hives.bee.test}
> spec:
>   group: bee.test
>   scope: Cluster
>   names: {plural: hives, singular: hive, kind: Hive}
>   versions:
>   - name: v1
>     served: true
>     storage: true
>     selectableFields: [{jsonPath: .spec.colour}]
>     additionalPrinterColumns: [{name: Colour, type: string, jsonPath: .spec.colour}, {name: Age, type: date, jsonPath: .metadata.creationTimestamp}]
>     schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {colour: {type: string}, n: {type: integer, nullable: true}}}}}}
> EOF
customresourcedefinition.apiextensions.k8s.io/hives.bee.test created
$ kubectl wait --for=condition=NamesAccepted crd/hives.bee.test --timeout=10s
customresourcedefinition.apiextensions.k8s.io/hives.bee.test condition met
$ kubectl wait --for=condition=Established crd/hives.bee.test --timeout=10s
customresourcedefinition.apiextensions.k8s.io/hives.bee.test condition met
! sleep 2
$ kubectl create -f - <<'EOF'
> {"apiVersion":"bee.test/v1","kind":"Hive","metadata":{"name":"a"},"spec":{"colour":"red"}}
> EOF
hive.bee.test/a created
$ kubectl create -f - <<'EOF'
> {"apiVersion":"bee.test/v1","kind":"Hive","metadata":{"name":"b"},"spec":{"colour":"blue","n":null}}
> EOF
Error from server (BadRequest): error when creating "STDIN": Hive in version "v1" cannot be handled as a Hive: strict decoding error: unknown field "spec.n"
[exit 1]
$ kubectl get hives --field-selector spec.colour=red
NAME   COLOUR   AGE
a      red      0s
$ kubectl get hives --field-selector spec.n=1
Error from server (BadRequest): Unable to find "bee.test/v1, Resource=hives" that match label selector "", field selector "spec.n=1": field label not supported: spec.n
[exit 1]
$ kubectl get hive b -o jsonpath='{.spec}{"\n"}'
Error from server (NotFound): hives.bee.test "b" not found
[exit 1]
$ kubectl get hive
NAME   COLOUR   AGE
a      red      1s
$ kubectl get hive -n default a
NAME   COLOUR   AGE
a      red      1s
$ kubectl get hives -A -o name
hive.bee.test/a
$ kubectl create -f - <<'EOF'
> {"apiVersion":"bee.test/v1","kind":"Hive","metadata":{"name":"Bad_Name"}}
> EOF
The Hive "Bad_Name" is invalid: metadata.name: Invalid value: "Bad_Name": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')
[exit 1]
$ kubectl create -f - <<'EOF'
> {"apiVersion":"bee.test/v1","kind":"Hive","metadata":{"name":"c"},"spec":{"colour":5,"n":"x"}}
> EOF
Error from server (BadRequest): error when creating "STDIN": Hive in version "v1" cannot be handled as a Hive: strict decoding error: unknown field "spec.n"
[exit 1]
$ kubectl create -f - <<'EOF'
> {"apiVersion":"bee.test/v1","kind":"Hive","metadata":{"name":"a"}}
> EOF
Error from server (AlreadyExists): error when creating "STDIN": hives.bee.test "a" already exists
[exit 1]
$ kubectl replace -f - <<'EOF'
> {"apiVersion":"bee.test/v1","kind":"Hive","metadata":{"name":"a"},"spec":{"colour":"green"}}
> EOF
hive.bee.test/a replaced
$ kubectl replace -f - <<EOF
> {"apiVersion":"bee.test/v1","kind":"Hive","metadata":{"name":"a","resourceVersion":"$(kubectl get hive a -o jsonpath='{.metadata.resourceVersion}')"},"spec":{"colour":"green"}}
> EOF
hive.bee.test/a replaced
$ kubectl patch hive a -p '{"spec":{"colour":"x"}}'
error: application/strategic-merge-patch+json is not supported by bee.test/v1, Kind=Hive: the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml
[exit 1]
$ kubectl patch hive a --type=strategic -p '{"spec":{"colour":"x"}}'
error: application/strategic-merge-patch+json is not supported by bee.test/v1, Kind=Hive: the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml
[exit 1]
$ kubectl scale hive a --replicas=1
Error from server (NotFound): hives.bee.test "a" not found
[exit 1]
$ kubectl get hive a --subresource=status
Error from server (NotFound): hives.bee.test "a" not found
[exit 1]
$ kubectl patch hive a --subresource=status --type=merge -p '{}'
Error from server (NotFound): hives.bee.test "a" not found
[exit 1]
$ kubectl diff -f - <<'EOF' | grep '^[+-] '
> {"apiVersion":"bee.test/v1","kind":"Hive","metadata":{"name":"a"},"spec":{"colour":"white"}}
> EOF
-  generation: 2
+  generation: 3
-  colour: green
+  colour: white
$ kubectl apply -f - <<'EOF'
> {"apiVersion":"bee.test/v1","kind":"Hive","metadata":{"name":"a"},"spec":{"colour":"white"}}
> EOF
Warning: resource hives/a is missing the kubectl.kubernetes.io/last-applied-configuration annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.
hive.bee.test/a configured
$ kubectl apply -f - <<'EOF'
> {"apiVersion":"bee.test/v1","kind":"Hive","metadata":{"name":"a"},"spec":{}}
> EOF
hive.bee.test/a configured
$ kubectl get hive a -o jsonpath='{.spec} {.metadata.generation}{"\n"}'
{} 4
$ kubectl auth can-i get hives
Warning: resource 'hives' is not namespace scoped in group 'bee.test'

yes
$ kubectl auth can-i create hives.bee.test --as=ann
Warning: resource 'hives' is not namespace scoped in group 'bee.test'

no
[exit 1]
$ kubectl get hives --as=ann
Error from server (Forbidden): hives.bee.test is forbidden: User "ann" cannot list resource "hives" in API group "bee.test" at the cluster scope
[exit 1]
$ kubectl patch crd hives.bee.test --type=json -p '[{"op":"replace","path":"/spec/scope","value":"Namespaced"}]'
The CustomResourceDefinition "hives.bee.test" is invalid: spec.scope: Invalid value: "Namespaced": field is immutable
[exit 1]
$ kubectl patch crd hives.bee.test --type=json -p '[{"op":"replace","path":"/spec/names/kind","value":"Nest"}]' --dry-run=server
The CustomResourceDefinition "hives.bee.test" is invalid: spec.names.kind: Invalid value: "Nest": field is immutable
[exit 1]
$ kubectl patch crd hives.bee.test --type=json -p '[{"op":"add","path":"/spec/versions/0/additionalPrinterColumns/-","value":{"name":"X","type":"funny","jsonPath":".spec.x"}}]'
The CustomResourceDefinition "hives.bee.test" is invalid: spec.additionalPrinterColumns[2].type: Invalid value: "funny": must be one of boolean,date,integer,number,string
[exit 1]
$ kubectl patch crd hives.bee.test --type=json -p '[{"op":"replace","path":"/spec/versions/0/additionalPrinterColumns","value":[{"name":"N","type":"integer","jsonPath":".spec.n"}]}]'
customresourcedefinition.apiextensions.k8s.io/hives.bee.test patched
! sleep 1
$ kubectl get hives
NAME   N
a      
$ kubectl patch crd hives.bee.test --type=json -p '[{"op":"remove","path":"/spec/versions/0/additionalPrinterColumns"}]'
customresourcedefinition.apiextensions.k8s.io/hives.bee.test patched
! sleep 1
$ kubectl get hives --no-headers | awk '{print $1, NF}'
a 2
$ kubectl patch crd hives.bee.test --type=json -p '[{"op":"replace","path":"/spec/versions/0/served","value":false}]'
customresourcedefinition.apiextensions.k8s.io/hives.bee.test patched
! sleep 1
$ kubectl get hives
Error from server (NotFound): Unable to list "bee.test/v1, Resource=hives": the server could not find the requested resource (get hives.bee.test)
[exit 1]
$ kubectl apply -f - <<'EOF'
> apiVersion: apiextensions.k8s.io/v1
> kind: CustomResourceDefinition
> metadata: {name: podz.bee.test}
> spec:
>   group: bee.test
>   scope: Namespaced
>   names: {plural: podz, singular: hive, kind: Hive, shortNames: [po]}
>   versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
> EOF
customresourcedefinition.apiextensions.k8s.io/podz.bee.test created
! sleep 1
$ kubectl get crd podz.bee.test -o jsonpath='{range .status.conditions[*]}{.type} {.status} {.reason} {.message}{"\n"}{end}'
NamesAccepted False ListKindConflict "HiveList" is already in use
Established False NotAccepted not all names are accepted
$ kubectl delete crd podz.bee.test hives.bee.test
customresourcedefinition.apiextensions.k8s.io "podz.bee.test" deleted
customresourcedefinition.apiextensions.k8s.io "hives.bee.test" deleted
$ kubectl get crd hives.bee.test
Error from server (NotFound): customresourcedefinitions.apiextensions.k8s.io "hives.bee.test" not found
[exit 1]
$ kubectl apply -f - <<'EOF'
> apiVersion: apiextensions.k8s.io/v1
> kind: CustomResourceDefinition
> metadata: {name: gadgets.k8s.io}
> spec:
>   group: k8s.io
>   scope: Namespaced
>   names: {plural: gadgets, kind: Gadget}
>   versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
> EOF
The CustomResourceDefinition "gadgets.k8s.io" is invalid: metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111
[exit 1]
