# What kubectl says to command lines that are hardly meant so. Recorded with a real kubectl.
$ kubectl create
error: must specify one of -f and -k
[exit 1]
$ kubectl create job j --from=deployment/none
Error from server (NotFound): deployments.apps "none" not found
[exit 1]
$ kubectl create configmap a --from-literal=k=v
configmap/a created
$ kubectl create service clusterip s --tcp=80:99999999
error: must be between 1 and 65535, inclusive
[exit 1]
$ kubectl create role r --verb=use --resource=pods --dry-run=client
error: can not perform 'use' on 'pods' in group ''
[exit 1]
$ kubectl create clusterrole r --verb=impersonate --resource=users,groups --dry-run=client -o name
clusterrole.rbac.authorization.k8s.io/r
$ kubectl create role r --verb=get --resource=/log
error: resource must be specified if apiGroup/subresource specified
[exit 1]
$ kubectl create quota q --hard=pods=1 --scopes=BestEffort,
error: invalid resource quota scope ""
[exit 1]
$ kubectl create --raw foo -f -
error: --raw must be a valid URL path: parse "foo": invalid URI for request
[exit 1]
$ echo '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"k":"w"}}' | kubectl replace --raw /api/v1/namespaces/t-odd-lines/configmaps/a -f - | jq -c .data
{"k":"w"}
# Metadata is read before anything is sent.
$ kubectl apply -f - <<'X'
> apiVersion: v1
> kind: ConfigMap
> metadata: {name: b, labels: {version: 1}}
> X
error: unable to decode "STDIN": json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string
[exit 1]
$ kubectl apply -f - <<'X'
> apiVersion: 1
> kind: ConfigMap
> metadata: {name: b}
> X
error: error validating "STDIN": error validating data: apiVersion isn't string type; if you choose to ignore these errors, turn validation off with --validate=false
[exit 1]
# A namespace that is not there is what is missing.
$ kubectl get pod x -n nowhere
Error from server (NotFound): namespaces "nowhere" not found
[exit 1]
$ kubectl get pod x
Error from server (NotFound): pods "x" not found
[exit 1]
$ kubectl get cm a -L k --no-headers | awk '{print NF}'
3
$ kubectl get cm,sa --sort-by=.metadata.name
error: couldn't find any field with path "{.metadata.name}" in the list of objects
[exit 1]
$ kubectl get cm a --sort-by=.spec.x --no-headers | awk '{print $1}'
a
$ kubectl get deploy --subresource=scale
error: subresource cannot be used when bulk resources are specified
[exit 1]
$ kubectl get cm -o=
error: unable to match a printer suitable for the output format "=", allowed formats are: custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,wide,yaml
[exit 1]
$ kubectl get cm --request-timeout=x
error: Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)
[exit 1]
$ kubectl get cm --cluster=none
error: no server found for cluster "none"
[exit 1]
$ kubectl get cm --user=none
error: auth info "none" does not exist
[exit 1]
$ kubectl create rolebinding b --clusterrole=view --user=none --dry-run=client
rolebinding.rbac.authorization.k8s.io/b created (dry run)
$ kubectl config set-context other --cluster=none --user=none
Context "other" created.
! kubectl config delete-context other
$ kubectl get cm -v=x
error: invalid argument "x" for "-v, --v" flag: strconv.ParseInt: parsing "x": invalid syntax
See 'kubectl get --help' for usage.
[exit 1]
$ kubectl get ev none
Warning: short name "ev" could also match lower priority resource events.events.k8s.io
Error from server (NotFound): events "none" not found
[exit 1]
$ kubectl get --raw /api/v1/pods/x
Error from server (NotFound): the server could not find the requested resource
[exit 1]
# What begins as JSON does is not read as YAML.
$ kubectl patch cm a -p '{data: {"k": "x"}}'
Error from server (BadRequest): invalid character 'd' looking for beginning of object key string
[exit 1]
$ kubectl patch cm a -p '{"data":{"k":"x"}}' --dry-run=server
configmap/a patched
$ kubectl label cm a -
error: at least one label update is required
[exit 1]
$ kubectl label cm --all a=b --resource-version=1
error: --resource-version may only be used with a single resource
[exit 1]
$ kubectl scale deploy none --replicas=1
Error from server (NotFound): deployments.apps "none" not found
[exit 1]
$ kubectl rollout history cm/a
error: error retrieving history for "ConfigMap", no visitor method exists for { ConfigMap}
[exit 1]
$ kubectl rollout undo cm/a
error: error retrieving rollbacker for "ConfigMap", no visitor method exists for { ConfigMap}
[exit 1]
$ kubectl set selector svc none
error: resource(s) were provided, but no name was specified
[exit 1]
$ kubectl taint foo node-1 k=v:NoSchedule
the server doesn't have a resource type "foo"
[exit 1]
$ echo n | kubectl delete cm a -i
You are about to delete the following 1 resource(s):
configmap/a
Do you want to continue? (y/N): deletion is cancelled
$ kubectl delete cm -l none=x -i
No resources found
$ kubectl exec
error: pod, type/name or --filename must be specified
[exit 1]
$ kubectl attach a b c
error: expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw 3: [a b c]
[exit 1]
$ kubectl attach cm a
error: cannot attach to *v1.ConfigMap: selector for *v1.ConfigMap not implemented
[exit 1]
$ kubectl auth can-i get /logs --subresource=log
error: --subresource can not be used with NonResourceURL
[exit 1]
$ kubectl apply view-last-applied cm a
$ kubectl cluster-info | head -1 | cut -d: -f1
Kubernetes control plane is running at https
# Signing requests are approved or denied once.
$ kubectl certificate approve
error: one or more CSRs must be specified as <name> or -f <filename>
[exit 1]
$ kubectl certificate approve none
Error from server (NotFound): certificatesigningrequests.certificates.k8s.io "none" not found
[exit 1]
# The cluster has one address family.
$ kubectl create -f - <<'X'
> apiVersion: v1
> kind: Service
> metadata: {name: six}
> spec: {ipFamilies: [IPv6], ports: [{port: 80}]}
> X
The Service "six" is invalid: spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster
[exit 1]
$ kubectl create -f - <<'X'
> apiVersion: v1
> kind: Service
> metadata: {name: both}
> spec: {ipFamilyPolicy: RequireDualStack, selector: {a: b}, ports: [{port: 80}]}
> X
The Service "both" is invalid: spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services
[exit 1]
