$ kubectl get pods,gizmos
error: the server doesn't have a resource type "gizmos"
[exit 1]
$ kubectl get pods x -A
error: a resource cannot be retrieved by name across all namespaces
[exit 1]
$ kubectl get pods x --all-namespaces -l a=b
error: name cannot be provided when a selector is specified
[exit 1]
$ kubectl get pods -l a=b --field-selector
error: flag needs an argument: --field-selector
See 'kubectl get --help' for usage.
[exit 1]
$ kubectl get pods/x/y
error: arguments in resource/name form may not have more than one slash
[exit 1]
$ kubectl get pods/
error: arguments in resource/name form must have a single resource and name
[exit 1]
$ kubectl get pod/x pod
error: there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'
[exit 1]
$ kubectl get all x
error: you must specify only one resource
[exit 1]
$ kubectl get all
No resources found in t-errors-b namespace.
$ kubectl get pod x -o
error: flag needs an argument: 'o' in -o
See 'kubectl get --help' for usage.
[exit 1]
$ kubectl get pods -o jsonpath
error: template format specified but no template given
[exit 1]
$ kubectl get pods -o jsonpath='{.items[*'
error: error parsing jsonpath {.items[*, unterminated array
[exit 1]
$ kubectl get pods -o jsonpath='{range .items}x'
xx
$ kubectl get pods -o go-template='{{.x'
error: error parsing template {{.x, template: output:1: unclosed action
[exit 1]
$ kubectl get cm -o go-template='{{.nosuch.field}}'
<no value>
$ kubectl get cm -o go-template-file=/nonexistent
error: error reading --template /nonexistent, open /nonexistent: no such file or directory
[exit 1]
$ kubectl get cm -o custom-columns=
error: custom-columns format specified but no custom columns given
[exit 1]
$ kubectl get cm -o custom-columns=X
error: unexpected custom-columns spec: X, expected <header>:<json-path-expr>
[exit 1]
! kubectl get cm -o custom-columns=X:.a[
$ kubectl get cm -o custom-columns-file=/nonexistent
error: error reading template /nonexistent, open /nonexistent: no such file or directory
[exit 1]
$ kubectl get cm --sort-by='{.metadata.name'
NAME               DATA   AGE
kube-root-ca.crt   1      4s
$ kubectl get --raw /api/v1/nope
Error from server (NotFound): the server could not find the requested resource
[exit 1]
$ kubectl get --raw api/v1
error: --raw must be a valid URL path: parse "api/v1": invalid URI for request
[exit 1]
$ kubectl get --raw /api/v1/namespaces/nope-ns/pods/x
Error from server (NotFound): pods "x" not found
[exit 1]
$ kubectl get --raw /apis/none/v1
Error from server (NotFound): the server could not find the requested resource
[exit 1]
$ kubectl get cm --chunk-size=1 -o name
configmap/kube-root-ca.crt
$ kubectl get cm --chunk-size=-1
NAME               DATA   AGE
kube-root-ca.crt   1      5s
$ kubectl get cm --limit=1
error: unknown flag: --limit
See 'kubectl get --help' for usage.
[exit 1]
$ kubectl get nodes -n nope
NAME     STATUS   ROLES    AGE   VERSION
node-1   Ready    <none>   11m   v1.36.2
node-2   Ready    <none>   11m   v1.36.2
node-3   Ready    <none>   11m   v1.36.2
$ kubectl get pods -n nope
No resources found in nope namespace.
$ kubectl get pods --namespace
error: flag needs an argument: --namespace
See 'kubectl get --help' for usage.
[exit 1]
$ kubectl --context=none get pods
Error in configuration: context was not found for specified context: none
[exit 1]
$ kubectl --cluster=none get pods
error: no server found for cluster "none"
[exit 1]
$ kubectl --user=none get pods
error: auth info "none" does not exist
[exit 1]
! kubectl --server=https://127.0.0.1:1 get pods 2>&1 | tail -1
$ kubectl --kubeconfig=/nonexistent get pods 2>&1 | tail -1
error: stat /nonexistent: no such file or directory
$ kubectl --request-timeout=abc get pods
error: Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)
[exit 1]
$ kubectl --token=bad get pods 2>&1 | tail -1
No resources found in t-errors-b namespace.
$ kubectl delete pod x y
Error from server (NotFound): pods "x" not found
Error from server (NotFound): pods "y" not found
[exit 1]
$ kubectl delete pods --all
No resources found
$ kubectl delete pods -l a=b
No resources found
$ kubectl delete pods -l a=b x
error: name cannot be provided when a selector is specified
[exit 1]
$ kubectl delete pods --all x
error: name cannot be provided when a selector is specified
[exit 1]
$ kubectl delete pods --field-selector=status.phase=Failed
No resources found
$ kubectl delete pods --field-selector=bad=1
Error from server (BadRequest): Unable to find "/v1, Resource=pods" that match label selector "", field selector "bad=1": field label not supported: bad
[exit 1]
$ kubectl delete gizmo x
error: the server doesn't have a resource type "gizmo"
[exit 1]
$ kubectl delete -f /nonexistent
error: the path "/nonexistent" does not exist
[exit 1]
$ kubectl delete pod/x svc/y --ignore-not-found
$ kubectl delete cm x --dry-run=wrong
error: Invalid dry-run value (wrong). Must be "none", "server", or "client".
[exit 1]
$ kubectl delete cm --all --grace-period=0 --now
error: --now and --grace-period cannot be specified together
[exit 1]
$ kubectl delete all --all
No resources found
$ kubectl describe
error: You must specify the type of resource to describe. Use "kubectl api-resources" for a complete list of supported resources.
[exit 1]
$ kubectl describe gizmo
error: the server doesn't have a resource type "gizmo"
[exit 1]
$ kubectl describe pods
No resources found in t-errors-b namespace.
$ kubectl describe pods -l a=b
No resources found in t-errors-b namespace.
$ kubectl describe pods x y
Error from server (NotFound): pods "x" not found
Error from server (NotFound): pods "y" not found
[exit 1]
$ kubectl describe pod/x cm/y
Error from server (NotFound): pods "x" not found
Error from server (NotFound): configmaps "y" not found
[exit 1]
$ kubectl logs ghost
error: error from server (NotFound): pods "ghost" not found in namespace "t-errors-b"
[exit 1]
$ kubectl logs
error: expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.
POD or TYPE/NAME is a required argument for the logs command
See 'kubectl logs -h' for help and examples
[exit 1]
$ kubectl logs -l a=b
No resources found in t-errors-b namespace.
$ kubectl logs deploy/ghost
error: error from server (NotFound): deployments.apps "ghost" not found in namespace "t-errors-b"
[exit 1]
$ kubectl exec ghost -- ls
Error from server (NotFound): pods "ghost" not found
[exit 1]
$ kubectl exec
error: pod, type/name or --filename must be specified
[exit 1]
$ kubectl exec ghost
error: you must specify at least one command for the container
[exit 1]
$ kubectl cp a b
error: one of src or dest must be a remote file specification
[exit 1]
$ kubectl port-forward pod/ghost 80
Error from server (NotFound): pods "ghost" not found
[exit 1]
$ kubectl port-forward pod/ghost
error: TYPE/NAME and list of ports are required for port-forward
See 'kubectl port-forward -h' for help and examples
[exit 1]
$ kubectl attach ghost
Error from server (NotFound): pods "ghost" not found
[exit 1]
$ kubectl top pods
error: Metrics API not available
[exit 1]
$ kubectl top nodes
error: Metrics API not available
[exit 1]
$ kubectl edit
error: You must provide one or more resources by argument or filename.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
   '<resource> <name>'
   '<resource>'
[exit 1]
$ kubectl edit cm ghost
Error from server (NotFound): configmaps "ghost" not found
[exit 1]
$ kubectl create
error: must specify one of -f and -k
[exit 1]
$ kubectl create nothing
error: Unexpected args: [nothing]
See 'kubectl create -h' for help and examples
[exit 1]
$ kubectl create -f
error: flag needs an argument: 'f' in -f
See 'kubectl create --help' for usage.
[exit 1]
$ kubectl create -f - <<'EOF'
> a: b
> EOF
error: error validating "STDIN": error validating data: [apiVersion not set, kind not set]; if you choose to ignore these errors, turn validation off with --validate=false
[exit 1]
$ kubectl create -f - <<'EOF'
> - a
> EOF
error: error validating "STDIN": error validating data: invalid object to validate; if you choose to ignore these errors, turn validation off with --validate=false
[exit 1]
$ kubectl create -f - <<'EOF'
> just text
> EOF
error: error validating "STDIN": error validating data: invalid object to validate; if you choose to ignore these errors, turn validation off with --validate=false
[exit 1]
$ kubectl create -f - <<'EOF'
> {"apiVersion":"v1","kind":"Pod"
> EOF
error: error parsing STDIN: unexpected EOF
[exit 1]
! kubectl create -f - <<'EOF'
> apiVersion: v1
> kind: Pod
> metadata: {name: x}
> 	tab: y
> EOF
$ kubectl create -f - <<'EOF'
> apiVersion: v2
> kind: Pod
> metadata: {name: x}
> EOF
error: resource mapping not found for name: "x" namespace: "" from "STDIN": no matches for kind "Pod" in version "v2"
ensure CRDs are installed first
[exit 1]
$ kubectl create -f - <<'EOF'
> apiVersion: v1
> kind: Pod
> spec: {containers: [{name: a, image: b}]}
> EOF
The Pod "" is invalid: metadata.name: Required value: name or generateName is required
[exit 1]
$ kubectl create -f - <<'EOF'
> apiVersion: v1
> kind: Pod
> metadata: {name: [x]}
> spec: {containers: {name: a}}
> EOF
error: unable to decode "STDIN": json: cannot unmarshal array into Go struct field ObjectMeta.metadata.name of type string
[exit 1]
$ kubectl create -f - <<'EOF'
> apiVersion: v1
> kind: ConfigMap
> metadata: {name: dupe, name: again}
> data: {a: b, a: c}
> EOF
configmap/again created
$ kubectl create -f - <<'EOF'
> apiVersion: v1
> kind: ConfigMap
> metadata: {name: bool}
> data: {a: true, b: 1}
> EOF
Error from server (BadRequest): error when creating "STDIN": ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal bool into Go struct field ConfigMap.data of type string
[exit 1]
$ kubectl replace -f - <<'EOF'
> apiVersion: v1
> kind: ConfigMap
> metadata: {name: ghost}
> EOF
Error from server (NotFound): error when replacing "STDIN": configmaps "ghost" not found
[exit 1]
$ kubectl patch
error: must specify --patch or --patch-file containing the contents of the patch
[exit 1]
$ kubectl patch cm
error: must specify --patch or --patch-file containing the contents of the patch
[exit 1]
$ kubectl patch cm x
error: must specify --patch or --patch-file containing the contents of the patch
[exit 1]
$ kubectl patch cm x -p
error: flag needs an argument: 'p' in -p
See 'kubectl patch --help' for usage.
[exit 1]
$ kubectl expose
error: You must provide one or more resources by argument or filename.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
   '<resource> <name>'
   '<resource>'
[exit 1]
$ kubectl run
error: required flag(s) "image" not set
[exit 1]
$ kubectl autoscale
error: required flag(s) "max" not set
[exit 1]
! kubectl rollout
$ kubectl cordon
error: USAGE: cordon NODE [flags]
See 'kubectl cordon -h' for help and examples
[exit 1]
$ kubectl taint
error: one or more resources must be specified as <resource> <name>
[exit 1]
$ kubectl taint node node-1
error: at least one taint update is required
[exit 1]
$ kubectl certificate approve x
Error from server (NotFound): certificatesigningrequests.certificates.k8s.io "x" not found
[exit 1]
$ kubectl wait
error: unrecognized condition: []
[exit 1]
$ kubectl explain
error: You must specify the type of resource to explain. Use "kubectl api-resources" for a complete list of supported resources.
[exit 1]
$ kubectl explain pods.x.y
KIND:       Pod
VERSION:    v1

error: field "y" does not exist
[exit 1]
$ kubectl api-resources --verbs
error: flag needs an argument: --verbs
See 'kubectl api-resources --help' for usage.
[exit 1]
$ kubectl api-resources --sort-by=size
error: --sort-by accepts only name or kind
[exit 1]
$ kubectl api-resources extra
error: unexpected arguments: [extra]
See 'kubectl api-resources -h' for help and examples
[exit 1]
$ kubectl api-versions extra
error: unexpected arguments: [extra]
See 'kubectl api-versions -h' for help and examples
[exit 1]
! kubectl cluster-info extra
! kubectl version --output=wide
$ kubectl get pods -v=0 extra extra2
Error from server (NotFound): pods "extra" not found
Error from server (NotFound): pods "extra2" not found
[exit 1]
$ kubectl get -f - extra
error: when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well
[exit 1]
$ kubectl get cm -w --watch-only=maybe
error: invalid argument "maybe" for "--watch-only" flag: strconv.ParseBool: parsing "maybe": invalid syntax
See 'kubectl get --help' for usage.
[exit 1]
$ kubectl get cm --ignore-not-found=maybe
error: invalid argument "maybe" for "--ignore-not-found" flag: strconv.ParseBool: parsing "maybe": invalid syntax
See 'kubectl get --help' for usage.
[exit 1]
$ kubectl gett pods
error: unknown command "gett" for "kubectl"

Did you mean this?
	set
	get
[exit 1]
$ kubectl -h | head -3
kubectl controls the Kubernetes cluster manager.

 Find more information at: https://kubernetes.io/docs/reference/kubectl/
$ kubectl options | head -3
The following options can be passed to any command:

    --as='':
