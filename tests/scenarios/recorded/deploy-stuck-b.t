! kubectl create quota q --hard=pods=2; sleep 2
$ kubectl create deployment over --image=nginx:1.27 --replicas=4
deployment.apps/over created
! sleep 3
$ kubectl get deploy over
NAME   READY   UP-TO-DATE   AVAILABLE   AGE
over   2/4     2            2           4s
! kubectl describe deploy over
$ kubectl describe rs -l app=over | sed -n '/^Conditions/,/^Events/p'
Conditions:
  Type             Status  Reason
  ----             ------  ------
  ReplicaFailure   True    FailedCreate
Events:
$ kubectl get deploy over -o jsonpath='{range .status.conditions[*]}{.type} {.status} {.reason} {.message}{"\n"}{end}'
Available False MinimumReplicasUnavailable Deployment does not have minimum availability.
ReplicaFailure True FailedCreate pods "over-67c988bf4b-9vjqm" is forbidden: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2
Progressing True ReplicaSetUpdated ReplicaSet "over-67c988bf4b" is progressing.
$ kubectl get rs -l app=over -o jsonpath='{range .items[0].status.conditions[*]}{.type} {.status} {.reason} {.message}{"\n"}{end}'
ReplicaFailure True FailedCreate pods "over-67c988bf4b-9vjqm" is forbidden: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2
$ kubectl rollout status deploy/over --timeout=2s
Waiting for deployment "over" rollout to finish: 2 out of 4 new replicas have been updated...
error: timed out waiting for the condition
[exit 1]
$ kubectl rollout status deploy/over --watch=false
Waiting for deployment "over" rollout to finish: 2 out of 4 new replicas have been updated...
$ kubectl events --for deploy/over | head -3
LAST SEEN   TYPE     REASON              OBJECT            MESSAGE
7s          Normal   ScalingReplicaSet   Deployment/over   Scaled up replica set over-67c988bf4b from 0 to 4
! kubectl events --types=Warning | awk '{print $2,$3}' | sort | uniq | head -3
$ kubectl delete quota q
resourcequota "q" deleted from t-deploy-stuck-b namespace
$ kubectl scale deploy over --replicas=3
deployment.apps/over scaled
$ kubectl rollout status deploy/over --timeout=60s | tail -1
deployment "over" successfully rolled out
$ kubectl create deployment sick --image=nginx:1.27 --replicas=1
deployment.apps/sick created
! kubectl rollout status deploy/sick
$ kubectl patch deploy sick -p '{"spec":{"progressDeadlineSeconds":2,"strategy":{"rollingUpdate":{"maxUnavailable":0}},"template":{"spec":{"serviceAccountName":"none"}}}}'
deployment.apps/sick patched
! sleep 5
$ kubectl get deploy sick
NAME   READY   UP-TO-DATE   AVAILABLE   AGE
sick   1/1     0            1           6s
$ kubectl describe deploy sick | sed -n '/^Conditions/,/^OldRepl/p' | sed 's/sick-[a-z0-9]*/sick-X/g'
Conditions:
  Type             Status  Reason
  ----             ------  ------
  Available        True    MinimumReplicasAvailable
  ReplicaFailure   True    FailedCreate
  Progressing      False   ProgressDeadlineExceeded
OldReplicaSets:    sick-X (1/1 replicas created)
$ kubectl get deploy sick -o jsonpath='{range .status.conditions[*]}{.type} {.status} {.reason}{"\n"}{end}'
Available True MinimumReplicasAvailable
ReplicaFailure True FailedCreate
Progressing False ProgressDeadlineExceeded
$ kubectl rollout status deploy/sick
error: deployment "sick" exceeded its progress deadline
[exit 1]
$ kubectl get events --field-selector reason=FailedCreate,involvedObject.kind=ReplicaSet -o jsonpath='{.items[0].message}{"\n"}' | sed 's/sick-[a-z0-9]*/sick-X/g'
Error creating: pods "over-67c988bf4b-9vjqm" is forbidden: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2
$ kubectl wait --for=condition=Progressing=false deploy/sick --timeout=5s
deployment.apps/sick condition met
$ kubectl wait --for=condition=Available deploy/sick --timeout=5s
deployment.apps/sick condition met
$ kubectl create sa none
serviceaccount/none created
$ kubectl rollout status deploy/sick --timeout=60s | tail -1
error: deployment "sick" exceeded its progress deadline
$ kubectl get deploy sick -o jsonpath='{range .status.conditions[*]}{.type} {.status} {.reason}{"\n"}{end}'
Available True MinimumReplicasAvailable
ReplicaFailure True FailedCreate
Progressing False ProgressDeadlineExceeded
$ kubectl create deployment dup --image=nginx -o yaml --dry-run=client | sed 's/app: dup/app: sick/' | kubectl apply -f - 
deployment.apps/dup created
! sleep 1
$ kubectl get deploy dup -o jsonpath='{.status.replicas}{"\n"}'
1
