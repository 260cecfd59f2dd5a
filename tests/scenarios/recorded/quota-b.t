$ kubectl create quota all --hard=pods=3,services=2,services.loadbalancers=0,secrets=2,persistentvolumeclaims=1,requests.storage=2Gi,count/deployments.apps=1,replicationcontrollers=1,resourcequotas=3
resourcequota/all created
! sleep 1
$ kubectl get quota all
NAME   REQUEST                                                                                                                                                                                                    LIMIT   AGE
all    count/deployments.apps: 0/1, persistentvolumeclaims: 0/1, pods: 0/3, replicationcontrollers: 0/1, requests.storage: 0/2Gi, resourcequotas: 1/3, secrets: 0/2, services: 0/2, services.loadbalancers: 0/0           2s
$ kubectl get quota all -o jsonpath='{.status}{"\n"}'
{"hard":{"count/deployments.apps":"1","persistentvolumeclaims":"1","pods":"3","replicationcontrollers":"1","requests.storage":"2Gi","resourcequotas":"3","secrets":"2","services":"2","services.loadbalancers":"0"},"used":{"count/deployments.apps":"0","persistentvolumeclaims":"0","pods":"0","replicationcontrollers":"0","requests.storage":"0","resourcequotas":"1","secrets":"0","services":"0","services.loadbalancers":"0"}}
$ kubectl describe quota all
Name:                   all
Namespace:              t-quota-b
Resource                Used  Hard
--------                ----  ----
count/deployments.apps  0     1
persistentvolumeclaims  0     1
pods                    0     3
replicationcontrollers  0     1
requests.storage        0     2Gi
resourcequotas          1     3
secrets                 0     2
services                0     2
services.loadbalancers  0     0
$ kubectl create service loadbalancer lb --tcp=80
error: failed to create LoadBalancer service: services "lb" is forbidden: exceeded quota: all, requested: services.loadbalancers=1, used: services.loadbalancers=0, limited: services.loadbalancers=0
[exit 1]
$ kubectl create service clusterip one --tcp=80
service/one created
$ kubectl create service nodeport two --tcp=80
service/two created
$ kubectl create service clusterip three --tcp=80
error: failed to create ClusterIP service: services "three" is forbidden: exceeded quota: all, requested: services=1, used: services=2, limited: services=2
[exit 1]
$ kubectl create deployment a --image=nginx:1.27 --replicas=5
deployment.apps/a created
$ kubectl create deployment b --image=nginx:1.27
error: failed to create deployment: deployments.apps "b" is forbidden: exceeded quota: all, requested: count/deployments.apps=1, used: count/deployments.apps=1, limited: count/deployments.apps=1
[exit 1]
! sleep 2
$ kubectl get deploy a
NAME   READY   UP-TO-DATE   AVAILABLE   AGE
a      3/5     3            3           3s
$ kubectl describe rs -l app=a | grep -E 'Warning' | head -1 | sed 's/(x.*)//;s/a-[a-z0-9-]*/a-X/g' | awk '{$3="";print}'
Warning FailedCreate  replicaset-controller Error creating: pods "a-X" is forbidden: exceeded quota: all, requested: pods=1, used: pods=3, limited: pods=3
$ kubectl get rs -l app=a -o jsonpath='{.items[0].status.conditions[0].reason} {.items[0].status.conditions[0].message}{"\n"}'
FailedCreate pods "a-78765c6dc-p6zkq" is forbidden: exceeded quota: all, requested: pods=1, used: pods=3, limited: pods=3
$ kubectl apply -f - <<'EOF'
> apiVersion: v1
> kind: PersistentVolumeClaim
> metadata: {name: c1}
> spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 3Gi}}}
> EOF
Error from server (Forbidden): error when creating "STDIN": persistentvolumeclaims "c1" is forbidden: exceeded quota: all, requested: requests.storage=3Gi, used: requests.storage=0, limited: requests.storage=2Gi
[exit 1]
$ kubectl apply -f - <<'EOF'
> apiVersion: v1
> kind: PersistentVolumeClaim
> metadata: {name: c1}
> spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
> EOF
persistentvolumeclaim/c1 created
$ kubectl apply -f - <<'EOF'
> apiVersion: v1
> kind: PersistentVolumeClaim
> metadata: {name: c2}
> spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 500Mi}}}
> EOF
Error from server (Forbidden): error when creating "STDIN": persistentvolumeclaims "c2" is forbidden: exceeded quota: all, requested: persistentvolumeclaims=1, used: persistentvolumeclaims=1, limited: persistentvolumeclaims=1
[exit 1]
! sleep 1
$ kubectl get quota all
NAME   REQUEST                                                                                                                                                                                                      LIMIT   AGE
all    count/deployments.apps: 1/1, persistentvolumeclaims: 1/1, pods: 3/3, replicationcontrollers: 0/1, requests.storage: 1Gi/2Gi, resourcequotas: 1/3, secrets: 0/2, services: 2/2, services.loadbalancers: 0/0           12s
$ kubectl delete deploy a --cascade=foreground
deployment.apps "a" deleted from t-quota-b namespace
! sleep 2
$ kubectl get quota all -o jsonpath='{.status.used}{"\n"}'
{"count/deployments.apps":"0","persistentvolumeclaims":"1","pods":"0","replicationcontrollers":"0","requests.storage":"1Gi","resourcequotas":"1","secrets":"0","services":"2","services.loadbalancers":"0"}
$ kubectl delete quota all
resourcequota "all" deleted from t-quota-b namespace
$ kubectl apply -f - <<'EOF'
> apiVersion: v1
> kind: ResourceQuota
> metadata: {name: besteffort}
> spec: {hard: {pods: "1"}, scopes: [BestEffort]}
> ---
> apiVersion: v1
> kind: ResourceQuota
> metadata: {name: term}
> spec: {hard: {pods: "1", requests.cpu: "1"}, scopes: [Terminating]}
> ---
> apiVersion: v1
> kind: ResourceQuota
> metadata: {name: prio}
> spec:
>   hard: {pods: "0"}
>   scopeSelector: {matchExpressions: [{scopeName: PriorityClass, operator: In, values: [t-quota-b]}]}
> EOF
resourcequota/besteffort created
resourcequota/term created
resourcequota/prio created
$ kubectl create priorityclass t-quota-b --value=1
priorityclass.scheduling.k8s.io/t-quota-b created
! sleep 1
$ kubectl run be1 --image=nginx:1.27
pod/be1 created
$ kubectl run be2 --image=nginx:1.27
Error from server (Forbidden): pods "be2" is forbidden: exceeded quota: besteffort, requested: pods=1, used: pods=1, limited: pods=1
[exit 1]
! kubectl run term --image=nginx:1.27 --overrides='{"spec":{"activeDeadlineSeconds":100}}'
$ kubectl run term --image=nginx:1.27 --overrides='{"spec":{"activeDeadlineSeconds":100,"containers":[{"name":"t","image":"nginx","resources":{"requests":{"cpu":"100m"}}}]}}'
pod/term created
$ kubectl run pr --image=nginx:1.27 --overrides='{"spec":{"priorityClassName":"t-quota-b","containers":[{"name":"t","image":"nginx","resources":{"requests":{"cpu":"100m"}}}]}}'
Error from server (Forbidden): pods "pr" is forbidden: exceeded quota: prio, requested: pods=1, used: pods=0, limited: pods=0
[exit 1]
! sleep 1
$ kubectl get quota
NAME         REQUEST                           LIMIT   AGE
besteffort   pods: 1/1                                 4s
prio         pods: 0/0                                 4s
term         pods: 1/1, requests.cpu: 100m/1           4s
$ kubectl describe quota
Name:       besteffort
Namespace:  t-quota-b
Scopes:     BestEffort
 * Matches all pods that do not have resource requirements set. These pods have a best effort quality of service.
Resource  Used  Hard
--------  ----  ----
pods      1     1


Name:       prio
Namespace:  t-quota-b
Resource    Used  Hard
--------    ----  ----
pods        0     0


Name:       term
Namespace:  t-quota-b
Scopes:     Terminating
 * Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being actively terminated by the system.
Resource      Used  Hard
--------      ----  ----
pods          1     1
requests.cpu  100m  1
$ kubectl describe ns $NS | sed -n '/^Resource Quotas/,$p'
Resource Quotas
  Name:    besteffort
  Scopes:  BestEffort
  * Matches all pods that do not have resource requirements set. These pods have a best effort quality of service.
  Resource  Used  Hard
  --------  ---   ---
  pods      1     1
  Name:     prio
  Resource  Used  Hard
  --------  ---   ---
  pods      0     0
  Name:     term
  Scopes:   Terminating
  * Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being actively terminated by the system.
  Resource      Used  Hard
  --------      ---   ---
  pods          1     1
  requests.cpu  100m  1

No LimitRange resource.
$ kubectl create quota s --hard=pods=1 --scopes=Nope
error: failed to create quota: ResourceQuota "s" is invalid: spec.scopes: Invalid value: ["Nope"]: unsupported scope
[exit 1]
$ kubectl create quota s --hard=cpu=1 --scopes=BestEffort
error: failed to create quota: ResourceQuota "s" is invalid: spec.scopes: Invalid value: ["BestEffort"]: unsupported scope applied to resource
[exit 1]
$ kubectl create quota s --hard=pods=1 --scopes=BestEffort,NotBestEffort
error: failed to create quota: ResourceQuota "s" is invalid: spec.scopes: Invalid value: ["BestEffort","NotBestEffort"]: conflicting scopes
[exit 1]
$ kubectl create quota s --hard=gold=1
error: failed to create quota: ResourceQuota "s" is invalid: [spec.hard[gold]: Invalid value: "gold": must be a standard resource type or fully qualified, spec.hard[gold]: Invalid value: "gold": must be a standard resource for quota]
[exit 1]
$ kubectl create quota s --hard=example.com/gold=1
resourcequota/s created
$ kubectl create quota s --hard=requests.example.com/gold=1
error: failed to create quota: resourcequotas "s" already exists
[exit 1]
$ kubectl create quota s2 --hard=pods
error: Invalid argument syntax pods, expected <resource>=<value>
[exit 1]
$ kubectl create quota s2 --hard=pods=-1
error: failed to create quota: ResourceQuota "s2" is invalid: spec.hard[pods]: Invalid value: "-1": must be greater than or equal to 0
[exit 1]
$ kubectl create quota s2
resourcequota/s2 created
$ kubectl create quota s3 --hard=cpu=1.5,memory=1G,limits.cpu=2 -o yaml --dry-run=client
apiVersion: v1
kind: ResourceQuota
metadata:
  name: s3
spec:
  hard:
    cpu: 1500m
    limits.cpu: "2"
    memory: 1G
status: {}
$ kubectl patch quota besteffort -p '{"spec":{"scopes":["NotBestEffort"]}}'
The ResourceQuota "besteffort" is invalid: spec.scopes: Invalid value: ["NotBestEffort"]: field is immutable
[exit 1]
$ kubectl patch quota besteffort -p '{"spec":{"hard":{"pods":"0"}}}'
resourcequota/besteffort patched
! sleep 1
$ kubectl get quota besteffort
NAME         REQUEST     LIMIT   AGE
besteffort   pods: 1/0           10s
$ kubectl delete quota --all
resourcequota "besteffort" deleted from t-quota-b namespace
resourcequota "prio" deleted from t-quota-b namespace
resourcequota "s" deleted from t-quota-b namespace
resourcequota "s2" deleted from t-quota-b namespace
resourcequota "term" deleted from t-quota-b namespace
! kubectl delete priorityclass t-quota-b
