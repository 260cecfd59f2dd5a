# A kind that the cluster is taught: accepted, established, used, changed, deleted.
$ kubectl apply -f - <<'EOF'
> apiVersion: apiextensions.k8s.io/v1
> kind: CustomResourceDefinition
> metadata: {name: boats.sea.test}
> spec:
>   group: sea.test
>   scope: Namespaced
>   names: {plural: boats, singular: boat, kind: Boat, shortNames: [bt], categories: [ships]}
>   versions:
>   - name: v1
>     served: true
>     storage: true
>     subresources: {status: {}, scale: {specReplicasPath: .spec.crew, statusReplicasPath: .status.crew}}
>     additionalPrinterColumns:
>     - {name: Crew, type: integer, jsonPath: .spec.crew}
>     - {name: Port, type: string, jsonPath: .status.port}
>     - {name: Age, type: date, jsonPath: .metadata.creationTimestamp}
>     schema:
>       openAPIV3Schema:
>         type: object
>         properties:
>           spec:
>             type: object
>             required: [length]
>             properties:
>               length: {type: integer, minimum: 1}
>               crew: {type: integer, default: 2}
>               home: {type: string, format: hostname}
>               sails:
>                 type: array
>                 x-kubernetes-list-type: map
>                 x-kubernetes-list-map-keys: [name]
>                 items: {type: object, required: [name], properties: {name: {type: string}, area: {type: integer}}}
>             x-kubernetes-validations:
>             - {rule: "self.crew <= self.length", messageExpression: "'no room for ' + string(self.crew)", fieldPath: .crew}
>             - {rule: "self.length >= oldSelf.length", message: boats do not shrink}
>           status: {type: object, properties: {port: {type: string}, crew: {type: integer}}}
> EOF
customresourcedefinition.apiextensions.k8s.io/boats.sea.test created
$ kubectl wait --for=condition=Established crd/boats.sea.test --timeout=10s
customresourcedefinition.apiextensions.k8s.io/boats.sea.test condition met
$ kubectl get crd boats.sea.test -o jsonpath='{range .status.conditions[*]}{.type}={.status} {.reason}: {.message}{"\n"}{end}'
NamesAccepted=True NoConflicts: no conflicts found
Established=True InitialNamesAccepted: the initial names have been accepted
$ kubectl get boats
No resources found in t-custom-resources namespace.
$ kubectl api-resources --api-group=sea.test -o wide
NAME    SHORTNAMES   APIVERSION    NAMESPACED   KIND   VERBS                                                        CATEGORIES
boats   bt           sea.test/v1   true         Boat   create,delete,deletecollection,get,list,patch,update,watch   ships
$ kubectl apply --server-side -f - <<'EOF'
> apiVersion: sea.test/v1
> kind: Boat
> metadata: {name: ark}
> spec: {length: 10, sails: [{name: main, area: 20}]}
> EOF
boat.sea.test/ark serverside-applied
$ kubectl apply --server-side --field-manager=rigger -f - <<'EOF'
> apiVersion: sea.test/v1
> kind: Boat
> metadata: {name: ark}
> spec: {length: 10, sails: [{name: jib, area: 5}]}
> EOF
boat.sea.test/ark serverside-applied
$ kubectl get boat ark -o jsonpath='{.spec}{"\n"}'
{"crew":2,"length":10,"sails":[{"area":20,"name":"main"},{"area":5,"name":"jib"}]}
$ kubectl apply --server-side --field-manager=rigger -f - <<'EOF'
> apiVersion: sea.test/v1
> kind: Boat
> metadata: {name: ark}
> spec: {length: 10, sails: [{name: main, area: 6}]}
> EOF
error: Apply failed with 1 conflict: conflict with "kubectl": .spec.sails[name="main"].area
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
$ kubectl scale boat/ark --replicas=4
boat.sea.test/ark scaled
$ kubectl scale boat/ark --replicas=40
The Boat "ark" is invalid: spec.crew: Invalid value: no room for 40
[exit 1]
$ kubectl patch boat ark --type=merge -p '{"spec":{"length":5}}'
The Boat "ark" is invalid: spec: Invalid value: boats do not shrink
[exit 1]
$ kubectl patch boat ark --type=merge -p '{"spec":{"length":"long","home":"-"}}'
The Boat "ark" is invalid: 
* spec.home: Invalid value: "-": spec.home in body must be of type hostname: "-"
* spec.length: Invalid value: "string": spec.length in body must be of type integer: "string"
* <nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation
[exit 1]
$ kubectl patch boat ark --subresource=status --type=merge -p '{"status":{"port":"Ys"}}'
boat.sea.test/ark patched
@advance 5s
$ kubectl get ships
NAME   CREW   PORT   AGE
ark    4      Ys     7s
$ kubectl get bt ark -o custom-columns=NAME:.metadata.name,GENERATION:.metadata.generation,CREW:.spec.crew
NAME   GENERATION   CREW
ark    3            4
$ kubectl create -f - <<'EOF'
> apiVersion: sea.test/v1
> kind: Boat
> metadata: {name: raft}
> spec: {lenght: 1}
> EOF
Error from server (BadRequest): error when creating "STDIN": Boat in version "v1" cannot be handled as a Boat: strict decoding error: unknown field "spec.lenght"
[exit 1]
$ kubectl create --validate=warn -f - <<'EOF'
> apiVersion: sea.test/v1
> kind: Boat
> metadata: {name: raft, finalizers: [sea.test/anchor]}
> spec: {length: 3, colour: red}
> EOF
Warning: unknown field "spec.colour"
boat.sea.test/raft created
$ kubectl explain boat.spec.sails
GROUP:      sea.test
KIND:       Boat
VERSION:    v1

FIELD: sails <[]Object>


DESCRIPTION:
    <empty>
FIELDS:
  area	<integer>
    <no description>

  name	<string> -required-
    <no description>
$ kubectl auth can-i list boats --as=nobody
no
[exit 1]
$ kubectl delete crd boats.sea.test --wait=false
customresourcedefinition.apiextensions.k8s.io "boats.sea.test" deleted
@advance 2s
$ kubectl get boats
NAME   CREW   PORT   AGE
raft   2             3s
$ kubectl create -f - <<'EOF'
> apiVersion: sea.test/v1
> kind: Boat
> metadata: {name: late}
> spec: {length: 3}
> EOF
Error from server (MethodNotAllowed): error when creating "STDIN": create not allowed while custom resource definition is terminating
[exit 1]
$ kubectl get crd boats.sea.test -o jsonpath='{.status.conditions[?(@.type=="Terminating")].message}{"\n"}'
CustomResource deletion is in progress
$ kubectl patch boat raft --type=json -p '[{"op":"remove","path":"/metadata/finalizers"}]'
boat.sea.test/raft patched
$ kubectl wait --for=delete crd/boats.sea.test --timeout=20s
customresourcedefinition.apiextensions.k8s.io/boats.sea.test condition met
$ kubectl get boats
Error from server (NotFound): Unable to list "sea.test/v1, Resource=boats": the server could not find the requested resource (get boats.sea.test)
[exit 1]
