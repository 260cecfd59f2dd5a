$ kubectl apply -f - <<'EOF'
> apiVersion: apps/v1
> kind: StatefulSet
> metadata: {name: db}
> spec:
>   serviceName: db
>   replicas: 3
>   ordinals: {start: 5}
>   podManagementPolicy: Parallel
>   updateStrategy: {rollingUpdate: {partition: 6}}
>   selector: {matchLabels: {app: db}}
>   template:
>     metadata: {labels: {app: db}}
>     spec: {terminationGracePeriodSeconds: 0, containers: [{name: sql, image: "postgres:16"}]}
> EOF
statefulset.apps/db created
$ kubectl rollout status sts/db --timeout=60s | tail -1
partitioned roll out complete: 3 new pods have been updated...
$ kubectl get sts db -o wide
NAME   READY   AGE   CONTAINERS   IMAGES
db     3/3     1s    sql          postgres:16
$ kubectl get pods -l app=db -o name
pod/db-5
pod/db-6
pod/db-7
! kubectl describe sts db
$ kubectl get sts db -o yaml | grep -vE 'uid|Time|resourceVersion|last-applied|^ *{'
apiVersion: apps/v1
kind: StatefulSet
metadata:
  annotations:
  generation: 1
  name: db
  namespace: t-statefulsets-b
spec:
  ordinals:
    start: 5
  persistentVolumeClaimRetentionPolicy:
    whenDeleted: Retain
    whenScaled: Retain
  podManagementPolicy: Parallel
  replicas: 3
  revisionHistoryLimit: 10
  selector:
    matchLabels:
      app: db
  serviceName: db
  template:
    metadata:
      labels:
        app: db
    spec:
      containers:
      - image: postgres:16
        imagePullPolicy: IfNotPresent
        name: sql
        resources: {}
        terminationMessagePath: /dev/termination-log
        terminationMessagePolicy: File
      dnsPolicy: ClusterFirst
      restartPolicy: Always
      schedulerName: default-scheduler
      securityContext: {}
      terminationGracePeriodSeconds: 0
  updateStrategy:
    rollingUpdate:
      partition: 6
    type: RollingUpdate
status:
  availableReplicas: 3
  collisionCount: 0
  currentReplicas: 3
  currentRevision: db-6d5c745cb
  observedGeneration: 1
  readyReplicas: 3
  replicas: 3
  updateRevision: db-6d5c745cb
  updatedReplicas: 3
$ kubectl set image sts/db sql=postgres:17
statefulset.apps/db image updated
$ kubectl rollout status sts/db --timeout=30s | tail -1
partitioned roll out complete: 0 new pods have been updated...
$ kubectl get pods -l app=db -o custom-columns=N:.metadata.name,I:.spec.containers[0].image --no-headers
db-5   postgres:16
db-6   postgres:16
db-7   postgres:16
$ kubectl get sts db -o jsonpath='{.status.currentReplicas} {.status.updatedReplicas} {.status.collisionCount}{"\n"}'
3  0
$ kubectl get controllerrevisions -l app=db --no-headers | awk '{print $2,$3}' | sort
statefulset.apps/db 1
statefulset.apps/db 2
$ kubectl rollout history sts/db
statefulset.apps/db 
REVISION  CHANGE-CAUSE
1         <none>
2         <none>

$ kubectl rollout history sts/db --revision=2
statefulset.apps/db with revision #2
Pod Template:
  Labels:	app=db
  Containers:
   sql:
    Image:	postgres:17
    Port:	<none>
    Host Port:	<none>
    Environment:	<none>
    Mounts:	<none>
  Volumes:	<none>
  Node-Selectors:	<none>
  Tolerations:	<none>

$ kubectl patch sts db -p '{"spec":{"updateStrategy":{"rollingUpdate":{"partition":0}}}}'
statefulset.apps/db patched
$ kubectl rollout status sts/db --timeout=60s | tail -1
partitioned roll out complete: 3 new pods have been updated...
! sleep 1
$ kubectl get pods -l app=db -o custom-columns=N:.metadata.name,I:.spec.containers[0].image --no-headers
db-5   postgres:17
db-6   postgres:17
db-7   postgres:17
$ kubectl rollout undo sts/db
Warning: resource statefulsets/db was previously managed with 'kubectl apply'. Rolling back will not update the kubectl.kubernetes.io/last-applied-configuration annotation, which may cause unexpected behavior on future 'kubectl apply' operations. Consider using 'kubectl apply' with your previous configuration file instead.
statefulset.apps/db rolled back
$ kubectl rollout status sts/db --timeout=60s | tail -1
partitioned roll out complete: 3 new pods have been updated...
$ kubectl rollout history sts/db
statefulset.apps/db 
REVISION  CHANGE-CAUSE
2         <none>
3         <none>

$ kubectl rollout undo sts/db --to-revision=9
Warning: resource statefulsets/db was previously managed with 'kubectl apply'. Rolling back will not update the kubectl.kubernetes.io/last-applied-configuration annotation, which may cause unexpected behavior on future 'kubectl apply' operations. Consider using 'kubectl apply' with your previous configuration file instead.
error: unable to find specified revision 9 in history
[exit 1]
$ kubectl patch sts db -p '{"spec":{"updateStrategy":{"type":"OnDelete","rollingUpdate":null}}}'
statefulset.apps/db patched
$ kubectl set image sts/db sql=postgres:18
statefulset.apps/db image updated
$ kubectl rollout status sts/db
error: rollout status is only available for RollingUpdate strategy type
[exit 1]
! sleep 1
$ kubectl get sts db -o jsonpath='{.status.updatedReplicas} {.status.readyReplicas}{"\n"}'
 3
$ kubectl delete pod db-5
pod "db-5" deleted from t-statefulsets-b namespace
$ kubectl wait --for=condition=Ready pod/db-5 --timeout=30s
pod/db-5 condition met
$ kubectl get pod db-5 -o jsonpath='{.spec.containers[0].image} {.metadata.labels.apps\.kubernetes\.io/pod-index}{"\n"}'
postgres:18 5
$ kubectl describe sts db | grep -E '^(Update|Pods|Replicas)'
Replicas:           3 desired | 3 total
Update Strategy:    OnDelete
Pods Status:        3 Running / 0 Waiting / 0 Succeeded / 0 Failed
$ kubectl scale sts db --replicas=1 --current-replicas=3
statefulset.apps/db scaled
! sleep 2
$ kubectl get pods -l app=db -o name
pod/db-5
$ kubectl scale sts db --replicas=0
statefulset.apps/db scaled
! sleep 2
$ kubectl get sts db
NAME   READY   AGE
db     0/0     20s
$ kubectl rollout restart sts/db
statefulset.apps/db restarted
$ kubectl rollout pause sts/db
error: statefulsets.apps "db" pausing is not supported
[exit 1]
$ kubectl patch sts db -p '{"spec":{"podManagementPolicy":"OrderedReady"}}'
The StatefulSet "db" is invalid: spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden
[exit 1]
$ kubectl patch sts db -p '{"spec":{"ordinals":{"start":0},"minReadySeconds":1}}'
statefulset.apps/db patched
$ kubectl patch sts db -p '{"spec":{"replicas":-1}}'
The StatefulSet "db" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0
[exit 1]
$ kubectl patch sts db -p '{"spec":{"revisionHistoryLimit":1}}'
statefulset.apps/db patched
$ kubectl patch sts db -p '{"spec":{"selector":{"matchLabels":{"x":"y"}}}}'
The StatefulSet "db" is invalid: 
* spec.template.metadata.labels: Invalid value: {"app":"db"}: `selector` does not match template `labels`
* spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden
[exit 1]
$ kubectl autoscale sts db --max=3
horizontalpodautoscaler.autoscaling/db autoscaled
$ kubectl get events --field-selector involvedObject.kind=StatefulSet -o jsonpath='{range .items[*]}{.reason} {.message}{"\n"}{end}' | sort -u | head -4
SuccessfulCreate Create Pod db-5 in StatefulSet db successful
SuccessfulCreate Create Pod db-6 in StatefulSet db successful
SuccessfulCreate Create Pod db-7 in StatefulSet db successful
SuccessfulDelete Delete Pod db-5 in StatefulSet db successful
$ kubectl delete sts db --cascade=foreground
statefulset.apps "db" deleted from t-statefulsets-b namespace
$ kubectl get sts
No resources found in t-statefulsets-b namespace.
