# Claims that name no class get the default one; their volume is made where their first pod goes.
$ kubectl get sc
NAME                 PROVISIONER             RECLAIMPOLICY   VOLUMEBINDINGMODE      ALLOWVOLUMEEXPANSION   AGE
standard (default)   rancher.io/local-path   Delete          WaitForFirstConsumer   false                  6s
$ kubectl apply -f - <<EOF
> apiVersion: v1
> kind: PersistentVolumeClaim
> metadata: {name: data}
> spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
> EOF
persistentvolumeclaim/data created
@advance 3s
$ kubectl get pvc data --no-headers | awk '{print $1, $2, $3}'
data Pending standard
$ kubectl get events --field-selector involvedObject.name=data -o custom-columns=TYPE:.type,REASON:.reason,FROM:.source.component,MESSAGE:.message --no-headers
Normal   WaitForFirstConsumer   persistentvolume-controller   waiting for first consumer to be created before binding
$ kubectl apply -f - <<EOF
> apiVersion: v1
> kind: Pod
> metadata: {name: writer}
> spec:
>   restartPolicy: Never
>   containers: [{name: c, image: "busybox:1.36", command: [sh, -c, "echo kept > /data/file; sleep 1"], volumeMounts: [{name: d, mountPath: /data}]}]
>   volumes: [{name: d, persistentVolumeClaim: {claimName: data}}]
> EOF
pod/writer created
@advance 15s
$ kubectl get pod writer --no-headers | awk '{print $2, $3}'
0/1 Completed
$ kubectl get pvc data --no-headers | awk '{print $2, $4, $5, $6}'
Bound 1Gi RWO standard
$ kubectl get events --field-selector involvedObject.name=data -o custom-columns=REASON:.reason,FROM:.source.component,MESSAGE:.message --no-headers | sed 's/pvc-[0-9a-f-]*/PV/' | tail -n +2
ExternalProvisioning    persistentvolume-controller   Waiting for a volume to be created either by the external provisioner 'rancher.io/local-path' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.
Provisioning            rancher.io/local-path         External provisioner is provisioning volume for claim "t-claims/data"
ProvisioningSucceeded   rancher.io/local-path         Successfully provisioned volume PV
$ kubectl get pv -o jsonpath='{.items[0].spec.hostPath.path}{"\n"}{.items[0].metadata.annotations.pv\.kubernetes\.io/provisioned-by} {.items[0].spec.persistentVolumeReclaimPolicy} {.items[0].spec.volumeMode}{"\n"}' | sed 's/pvc-[0-9a-f-]*/PV/'
/var/local-path-provisioner/PV_t-claims_data
rancher.io/local-path Delete Filesystem
$ test "$(kubectl get pv -o jsonpath='{.items[0].spec.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0].values[0]}')" = "$(kubectl get pod writer -o jsonpath='{.spec.nodeName}')"; echo $?
0
# What one pod wrote another one reads; it goes to the same node, though that is cordoned for others.
$ kubectl apply -f - <<EOF
> apiVersion: v1
> kind: Pod
> metadata: {name: reader}
> spec:
>   restartPolicy: Never
>   containers: [{name: c, image: "busybox:1.36", command: [cat, /data/file], volumeMounts: [{name: d, mountPath: /data}]}]
>   volumes: [{name: d, persistentVolumeClaim: {claimName: data}}]
> EOF
pod/reader created
@advance 8s
$ kubectl logs reader
kept
$ test "$(kubectl get pod reader -o jsonpath='{.spec.nodeName}')" = "$(kubectl get pod writer -o jsonpath='{.spec.nodeName}')"; echo $?
0
! kubectl cordon $(kubectl get pod writer -o jsonpath='{.spec.nodeName}')
$ kubectl run stuck --image=nginx:1.27 --overrides='{"spec": {"volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": "data"}}]}}'
pod/stuck created
@advance 3s
$ kubectl get pod stuck -o jsonpath='{.status.conditions[0].message}{"\n"}'
0/4 nodes are available: 1 node(s) were unschedulable, 3 node(s) didn't satisfy plugin(s) [VolumeBinding]. no new claims to deallocate, preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling.
! kubectl uncordon -l kubernetes.io/os=linux
@advance 5s
$ kubectl get pod stuck --no-headers | awk '{print $3}'
Running
# A claim in use stays; then its volume goes with it.
$ kubectl delete pvc data --wait=false
persistentvolumeclaim "data" deleted from t-claims namespace
@advance 2s
$ kubectl get pvc data --no-headers | awk '{print $2}'
Terminating
$ kubectl delete pod writer reader stuck --now
pod "writer" deleted from t-claims namespace
pod "reader" deleted from t-claims namespace
pod "stuck" deleted from t-claims namespace
@advance 5s
$ kubectl get pvc,pv
No resources found
# What cannot be provisioned says why.
$ kubectl apply -f - <<EOF
> apiVersion: v1
> kind: PersistentVolumeClaim
> metadata: {name: shared}
> spec: {accessModes: [ReadWriteMany], resources: {requests: {storage: 1Gi}}}
> EOF
persistentvolumeclaim/shared created
$ kubectl run user --image=nginx:1.27 --overrides='{"spec": {"volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": "shared"}}]}}'
pod/user created
@advance 6s
$ kubectl get events --field-selector involvedObject.name=shared,type=Warning -o custom-columns=REASON:.reason,MESSAGE:.message --no-headers
ProvisioningFailed   failed to provision volume with StorageClass "standard": NodePath only supports ReadWriteOnce and ReadWriteOncePod (1.22+) access modes
$ kubectl get pod user --no-headers | awk '{print $3}'
Pending
! kubectl delete pod user --now; kubectl delete pvc shared
$ kubectl run lost --image=nginx:1.27 --overrides='{"spec": {"volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": "none"}}]}}'
pod/lost created
@advance 2s
$ kubectl get pod lost -o jsonpath='{.status.conditions[0].message}{"\n"}'
0/4 nodes are available: persistentvolumeclaim "none" not found. not found
! kubectl delete pod lost --now
# Volumes made by hand: the claim takes the smallest that fits, and one that it asks for by name must fit.
$ kubectl apply -f - <<EOF
> apiVersion: v1
> kind: PersistentVolume
> metadata: {name: big}
> spec: {storageClassName: hand, capacity: {storage: 5Gi}, accessModes: [ReadWriteOnce], hostPath: {path: /srv/big}, persistentVolumeReclaimPolicy: Delete}
> ---
> apiVersion: v1
> kind: PersistentVolume
> metadata: {name: small}
> spec: {storageClassName: hand, capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], hostPath: {path: /tmp/small}, persistentVolumeReclaimPolicy: Delete}
> ---
> apiVersion: v1
> kind: PersistentVolumeClaim
> metadata: {name: one}
> spec: {storageClassName: hand, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
> ---
> apiVersion: v1
> kind: PersistentVolumeClaim
> metadata: {name: greedy}
> spec: {storageClassName: hand, volumeName: big, accessModes: [ReadWriteOnce], resources: {requests: {storage: 9Gi}}}
> EOF
persistentvolume/big created
persistentvolume/small created
persistentvolumeclaim/one created
persistentvolumeclaim/greedy created
@advance 3s
$ kubectl get pvc one greedy --no-headers | awk '{print $1, $2, $3}'
one Bound small
greedy Pending big
$ kubectl get events --field-selector involvedObject.name=greedy -o custom-columns=TYPE:.type,REASON:.reason,MESSAGE:.message --no-headers
Warning   VolumeMismatch   Cannot bind to requested volume "big": requested PV is too small
! kubectl delete pvc greedy
$ kubectl apply -f - <<EOF
> apiVersion: v1
> kind: PersistentVolumeClaim
> metadata: {name: two}
> spec: {storageClassName: hand, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
> EOF
persistentvolumeclaim/two created
@advance 3s
$ kubectl get pvc two --no-headers | awk '{print $1, $2, $3}'
two Bound big
$ kubectl delete pvc one two
persistentvolumeclaim "one" deleted from t-claims namespace
persistentvolumeclaim "two" deleted from t-claims namespace
@advance 3s
$ kubectl get pv --no-headers | awk '{print $1, $4, $5}'
big Delete Failed
$ kubectl get events -A --field-selector involvedObject.kind=PersistentVolume -o custom-columns=TYPE:.type,REASON:.reason,MESSAGE:.message --no-headers
Warning   VolumeFailedDelete   host_path deleter only supports /tmp/.+ but received provided /srv/big
! kubectl delete pv big
# An ephemeral volume has a claim of the pod's own, which goes with it.
$ kubectl apply -f - <<EOF
> apiVersion: v1
> kind: Pod
> metadata: {name: brief}
> spec:
>   terminationGracePeriodSeconds: 0
>   containers: [{name: c, image: "nginx:1.27", volumeMounts: [{name: scratch, mountPath: /scratch}]}]
>   volumes: [{name: scratch, ephemeral: {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}}}]
> EOF
pod/brief created
@advance 15s
$ kubectl get pod brief --no-headers | awk '{print $3}'
Running
$ kubectl get pvc --no-headers | awk '{print $1, $2}'
brief-scratch Bound
$ kubectl delete pod brief
pod "brief" deleted from t-claims namespace
@advance 5s
$ kubectl get pvc,pv
No resources found
# A stateful set keeps its claims, or lets them go where it is told to.
$ kubectl apply -f - <<EOF
> apiVersion: apps/v1
> kind: StatefulSet
> metadata: {name: db}
> spec:
>   serviceName: db
>   replicas: 2
>   persistentVolumeClaimRetentionPolicy: {whenScaled: Delete, whenDeleted: Retain}
>   selector: {matchLabels: {app: db}}
>   template:
>     metadata: {labels: {app: db}}
>     spec:
>       terminationGracePeriodSeconds: 0
>       containers: [{name: c, image: "nginx:1.27", volumeMounts: [{name: data, mountPath: /data}]}]
>   volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]
> EOF
statefulset.apps/db created
@advance 30s
$ kubectl get pods -l app=db --no-headers | awk '{print $1, $2, $3}'
db-0 1/1 Running
db-1 1/1 Running
$ kubectl get pvc --no-headers | awk '{print $1, $2}'
data-db-0 Bound
data-db-1 Bound
$ kubectl scale sts db --replicas=1
statefulset.apps/db scaled
@advance 10s
$ kubectl get pvc --no-headers | awk '{print $1, $2}'
data-db-0 Bound
$ kubectl delete sts db
statefulset.apps "db" deleted from t-claims namespace
@advance 10s
$ kubectl get pvc --no-headers | awk '{print $1, $2}'
data-db-0 Bound
