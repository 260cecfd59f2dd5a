$ kubectl create sa bot
serviceaccount/bot created
$ kubectl create sa bot
error: failed to create serviceaccount: serviceaccounts "bot" already exists
[exit 1]
$ kubectl get sa bot -o yaml
apiVersion: v1
kind: ServiceAccount
metadata:
  creationTimestamp: "2026-11-30T16:10:14Z"
  name: bot
  namespace: t-rbac-b
  resourceVersion: "6712"
  uid: f2241ee9-107d-4abe-a07e-22b2ed98ab63
$ kubectl describe sa bot
Name:                bot
Namespace:           t-rbac-b
Labels:              <none>
Annotations:         <none>
Image pull secrets:  <none>
Events:              <none>
$ kubectl create role pods --verb=get --verb=list --verb=get --resource=pods --resource-name=a --resource-name=b
role.rbac.authorization.k8s.io/pods created
$ kubectl get role pods -o yaml
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  creationTimestamp: "2026-11-30T16:10:15Z"
  name: pods
  namespace: t-rbac-b
  resourceVersion: "6716"
  uid: deeee7e2-72b1-4edc-a4d9-f901ece1fa31
rules:
- apiGroups:
  - ""
  resourceNames:
  - a
  - b
  resources:
  - pods
  verbs:
  - get
  - list
$ kubectl create role sub --verb=get --resource=pods/log,deployments.apps/scale
role.rbac.authorization.k8s.io/sub created
$ kubectl describe role sub
Name:         sub
Labels:       <none>
Annotations:  <none>
PolicyRule:
  Resources               Non-Resource URLs  Resource Names  Verbs
  ---------               -----------------  --------------  -----
  pods/log                []                 []              [get]
  deployments.apps/scale  []                 []              [get]
$ kubectl create role every --verb='*' --resource='*'
role.rbac.authorization.k8s.io/every created
$ kubectl create role none --verb=get
error: at least one resource must be specified
[exit 1]
$ kubectl create role none --resource=pods
error: at least one verb must be specified
[exit 1]
$ kubectl create role none --verb=fly --resource=pods
Warning: 'fly' is not a standard resource verb
role.rbac.authorization.k8s.io/none created
$ kubectl create role none --verb=get --resource=pods --resource-name=x,y -o yaml --dry-run=client
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: none
rules:
- apiGroups:
  - ""
  resourceNames:
  - x,y
  resources:
  - pods
  verbs:
  - get
$ kubectl create role mixed --verb=get --resource=pods,nodes,secrets -o yaml --dry-run=client
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: mixed
rules:
- apiGroups:
  - ""
  resources:
  - pods
  - nodes
  - secrets
  verbs:
  - get
$ kubectl create clusterrole t-rbac-b-url --verb=get --non-resource-url=/logs/*,/healthz
clusterrole.rbac.authorization.k8s.io/t-rbac-b-url created
$ kubectl create clusterrole t-rbac-b-agg --aggregation-rule="t-rbac-b=yes"
clusterrole.rbac.authorization.k8s.io/t-rbac-b-agg created
$ kubectl create clusterrole t-rbac-b-part --verb=get,list --resource=pods
clusterrole.rbac.authorization.k8s.io/t-rbac-b-part created
$ kubectl label clusterrole t-rbac-b-part t-rbac-b=yes
clusterrole.rbac.authorization.k8s.io/t-rbac-b-part labeled
! sleep 1
$ kubectl get clusterrole t-rbac-b-agg -o jsonpath='{.rules}{"\n"}'
[{"apiGroups":[""],"resources":["pods"],"verbs":["get","list"]}]
$ kubectl describe clusterrole t-rbac-b-agg t-rbac-b-url
Name:         t-rbac-b-agg
Labels:       <none>
Annotations:  <none>
PolicyRule:
  Resources  Non-Resource URLs  Resource Names  Verbs
  ---------  -----------------  --------------  -----
  pods       []                 []              [get list]


Name:         t-rbac-b-url
Labels:       <none>
Annotations:  <none>
PolicyRule:
  Resources  Non-Resource URLs  Resource Names  Verbs
  ---------  -----------------  --------------  -----
             [/healthz]         []              [get]
             [/logs/*]          []              [get]
$ kubectl create clusterrole t-rbac-b-x --aggregation-rule=a=b --verb=get --resource=pods
error: aggregation rule must be specified without nonResourceURLs, verbs, resources or resourceNames
[exit 1]
$ kubectl create clusterrole t-rbac-b-x --non-resource-url=/x --verb=create
error: invalid verb: 'create' for nonResourceURL
[exit 1]
$ kubectl create clusterrole t-rbac-b-x --non-resource-url=x --verb=get
error: nonResourceURL should start with /
[exit 1]
$ kubectl create clusterrolebinding t-rbac-b --clusterrole=t-rbac-b-url --user=zoe --group=g1 --serviceaccount=$NS:bot
clusterrolebinding.rbac.authorization.k8s.io/t-rbac-b created
$ kubectl describe clusterrolebinding t-rbac-b
Name:         t-rbac-b
Labels:       <none>
Annotations:  <none>
Role:
  Kind:  ClusterRole
  Name:  t-rbac-b-url
Subjects:
  Kind            Name  Namespace
  ----            ----  ---------
  User            zoe   
  Group           g1    
  ServiceAccount  bot   t-rbac-b
$ kubectl get clusterrolebinding t-rbac-b -o wide
NAME       ROLE                       AGE   USERS   GROUPS   SERVICEACCOUNTS
t-rbac-b   ClusterRole/t-rbac-b-url   0s    zoe     g1       t-rbac-b/bot
$ kubectl create clusterrolebinding t-rbac-b2 --clusterrole=x --serviceaccount=bad
error: serviceaccount must be <namespace>:<name>
[exit 1]
$ kubectl create rolebinding rb --role=pods --user=ann
rolebinding.rbac.authorization.k8s.io/rb created
$ kubectl create rolebinding rb2 --user=ann
error: exactly one of clusterrole or role must be specified
[exit 1]
$ kubectl set subject rolebinding rb --user=bea --group=devs --serviceaccount=$NS:bot
rolebinding.rbac.authorization.k8s.io/rb subjects updated
$ kubectl get rolebinding rb -o jsonpath='{range .subjects[*]}{.kind} {.name} {.namespace}{"\n"}{end}'
User ann 
User bea 
Group devs 
ServiceAccount bot t-rbac-b
$ kubectl set subject rolebinding rb --user=bea
$ kubectl set subject rolebinding rb
error: you must specify at least one value of user, group or serviceaccount
[exit 1]
$ kubectl patch rolebinding rb -p '{"roleRef":{"name":"other"}}'
The RoleBinding "rb" is invalid: roleRef: Invalid value: {"APIGroup":"rbac.authorization.k8s.io","Kind":"Role","Name":"other"}: cannot change roleRef
[exit 1]
$ kubectl auth can-i get pods --as=ann
no
[exit 1]
$ kubectl auth can-i get pods/a --as=ann
yes
$ kubectl auth can-i get pod/a --as=ann
yes
$ kubectl auth can-i get pods c --as=ann
error: you must specify two arguments: verb resource or verb resource/resourceName.
See 'kubectl auth can-i -h' for help and examples.
[exit 1]
$ kubectl auth can-i get /healthz --as=zoe
yes
$ kubectl auth can-i get /logs/x --as=zoe
yes
$ kubectl auth can-i list pods -A --as=ann
no
[exit 1]
$ kubectl auth can-i get pods --subresource=log --as=ann
no
[exit 1]
$ kubectl auth can-i get nodes --as=ann
Warning: resource 'nodes' is not namespace scoped

no
[exit 1]
$ kubectl auth can-i create deployments.extensions
Warning: the server doesn't have a resource type 'deployments' in group 'extensions'

yes
$ kubectl auth can-i -q list pods --as=ann
[exit 1]
$ kubectl auth can-i
error: you must specify two arguments: verb resource or verb resource/resourceName.
See 'kubectl auth can-i -h' for help and examples.
[exit 1]
$ kubectl auth can-i get
error: you must specify two arguments: verb resource or verb resource/resourceName.
See 'kubectl auth can-i -h' for help and examples.
[exit 1]
! kubectl auth can-i --list --as=ann
! kubectl auth can-i --list --as=ann --no-headers -n default | sort | head -3
$ kubectl auth can-i --list get pods
error: list option must be specified with no arguments
[exit 1]
! kubectl auth whoami
! kubectl auth whoami --as=ann --as-group=devs --as-uid=7 -o yaml
! kubectl auth whoami -o json --as=system:serviceaccount:$NS:bot | jq -c .status
$ kubectl get pods a --as=ann
Error from server (NotFound): pods "a" not found
[exit 1]
$ kubectl get pods --as=ann
Error from server (Forbidden): pods is forbidden: User "ann" cannot list resource "pods" in API group "" in the namespace "t-rbac-b"
[exit 1]
$ kubectl create role escal --verb=delete --resource=secrets --as=ann
Error from server (Forbidden): roles.rbac.authorization.k8s.io is forbidden: User "ann" cannot create resource "roles" in API group "rbac.authorization.k8s.io" in the namespace "t-rbac-b"
[exit 1]
$ kubectl create rolebinding selfadmin --clusterrole=admin --user=admin2 
rolebinding.rbac.authorization.k8s.io/selfadmin created
$ kubectl create role grab --verb=get --resource=nodes --as=admin2
Error from server (Forbidden): roles.rbac.authorization.k8s.io "grab" is forbidden: user "admin2" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:
{APIGroups:[""], Resources:["nodes"], Verbs:["get"]}
[exit 1]
$ kubectl create role ok --verb=get --resource=pods --as=admin2
role.rbac.authorization.k8s.io/ok created
$ kubectl create rolebinding grab --clusterrole=cluster-admin --user=admin2 --as=admin2
error: failed to create rolebinding: rolebindings.rbac.authorization.k8s.io "grab" is forbidden: user "admin2" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:
{APIGroups:["*"], Resources:["*"], Verbs:["*"]}
{NonResourceURLs:["*"], Verbs:["*"]}
[exit 1]
$ kubectl auth reconcile -f - <<'EOF'
> apiVersion: rbac.authorization.k8s.io/v1
> kind: Role
> metadata: {name: pods}
> rules:
> - {apiGroups: [""], resources: [pods], verbs: [watch]}
> EOF
error: resource name may not be empty
[exit 1]
$ kubectl auth reconcile --remove-extra-permissions --dry-run=client -f - <<'EOF'
> apiVersion: rbac.authorization.k8s.io/v1
> kind: Role
> metadata: {name: pods}
> rules:
> - {apiGroups: [""], resources: [pods], verbs: [watch]}
> ---
> apiVersion: rbac.authorization.k8s.io/v1
> kind: RoleBinding
> metadata: {name: rb}
> subjects: [{kind: User, name: cat, apiGroup: rbac.authorization.k8s.io}]
> roleRef: {kind: Role, name: pods, apiGroup: rbac.authorization.k8s.io}
> EOF
role.rbac.authorization.k8s.io/pods reconciled (dry run)
	reconciliation required create
	missing rules added:
		{Verbs:[watch] APIGroups:[] Resources:[pods] ResourceNames:[] NonResourceURLs:[]}
rolebinding.rbac.authorization.k8s.io/rb reconciled (dry run)
	reconciliation required create
	missing subjects added:
		{Kind:User APIGroup:rbac.authorization.k8s.io Name:cat Namespace:}
$ kubectl auth reconcile -f - <<'EOF'
> apiVersion: v1
> kind: ConfigMap
> metadata: {name: x}
> EOF
$ kubectl get roles
NAME    CREATED AT
every   2026-11-30T16:10:16Z
none    2026-11-30T16:10:17Z
ok      2026-11-30T16:10:26Z
pods    2026-11-30T16:10:15Z
sub     2026-11-30T16:10:16Z
$ kubectl get rolebindings
NAME        ROLE                AGE
rb          Role/pods           6s
selfadmin   ClusterRole/admin   1s
$ kubectl create token bot --duration=5m 2>&1 | grep -v ^ey
error: failed to create token: TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 300: may not specify a duration less than 10 minutes
$ kubectl create token ghost
error: failed to create token: serviceaccounts "ghost" not found
[exit 1]
$ kubectl create token bot --bound-object-kind=Pod
error: --bound-object-name is required if --bound-object-kind is provided
[exit 1]
$ kubectl create token bot --audience=a,b --duration=1h | cut -d. -f2 | base64 -d 2>/dev/null | tr ',' '\n' | grep -c aud
1
! kubectl delete clusterrole t-rbac-b-url t-rbac-b-agg t-rbac-b-part; kubectl delete clusterrolebinding t-rbac-b
