# Each kubelet makes a CSINode; how many volumes a driver can have there is heeded by the scheduler.
$ kubectl get csinodes
NAME            DRIVERS   AGE
control-plane   0         5s
worker-1        0         5s
worker-2        0         5s
worker-3        0         5s
$ kubectl get csinode worker-1 -o jsonpath='{.metadata.annotations}{"\n"}{.metadata.ownerReferences[*].kind} {.spec}{"\n"}'
{"storage.alpha.kubernetes.io/migrated-plugins":"kubernetes.io/aws-ebs,kubernetes.io/azure-disk,kubernetes.io/azure-file,kubernetes.io/cinder,kubernetes.io/gce-pd,kubernetes.io/portworx-volume,kubernetes.io/vsphere-volume"}
Node {"drivers":null}
$ for n in 1 2 3; do kubectl patch csinode worker-$n -p '{"spec": {"drivers": [{"name": "disks.example.com", "nodeID": "n'$n'", "topologyKeys": [], "allocatable": {"count": 1}}]}}'; done
csinode.storage.k8s.io/worker-1 patched
csinode.storage.k8s.io/worker-2 patched
csinode.storage.k8s.io/worker-3 patched
$ kubectl get csinodes --no-headers | awk '{print $1, $2}'
control-plane 0
worker-1 1
worker-2 1
worker-3 1
$ for v in 1 2 3 4; do sed "s/-N/-$v/g" <<EOF; done | kubectl apply -f -
> ---
> apiVersion: v1
> kind: PersistentVolume
> metadata: {name: disk-N}
> spec: {storageClassName: disks, capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], csi: {driver: disks.example.com, volumeHandle: h-N}, claimRef: {namespace: t-volume-limits, name: disk-N}}
> ---
> apiVersion: v1
> kind: PersistentVolumeClaim
> metadata: {name: disk-N}
> spec: {storageClassName: disks, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
> ---
> apiVersion: v1
> kind: Pod
> metadata: {name: user-N}
> spec:
>   terminationGracePeriodSeconds: 0
>   containers: [{name: c, image: "nginx:1.27", volumeMounts: [{name: d, mountPath: /data}]}]
>   volumes: [{name: d, persistentVolumeClaim: {claimName: disk-N}}]
> EOF
persistentvolume/disk-1 created
persistentvolumeclaim/disk-1 created
pod/user-1 created
persistentvolume/disk-2 created
persistentvolumeclaim/disk-2 created
pod/user-2 created
persistentvolume/disk-3 created
persistentvolumeclaim/disk-3 created
pod/user-3 created
persistentvolume/disk-4 created
persistentvolumeclaim/disk-4 created
pod/user-4 created
@advance 20s
$ kubectl get pods --no-headers | awk '{print $3}' | sort | uniq -c | awk '{print $1, $2}'
1 Pending
3 Running
$ kubectl get pods -o jsonpath='{.items[?(@.status.phase=="Pending")].status.conditions[0].message}{"\n"}'
0/4 nodes are available: 1 node(s) had untolerated taint(s), 3 node(s) exceed max volume count. no new claims to deallocate, preemption: 0/4 nodes are available: 1 Preemption is not helpful for scheduling, 3 No preemption victims found for incoming pod.
# One that goes makes room, and so does a driver that can have more.
$ kubectl delete pod user-1 --now
pod "user-1" deleted from t-volume-limits namespace
@advance 5s
$ kubectl get pods --no-headers | awk '{print $3}' | sort | uniq -c | awk '{print $1, $2}'
3 Running
$ kubectl run more --image=nginx:1.27 --overrides='{"spec": {"volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": "disk-1"}}]}}'
pod/more created
@advance 5s
$ kubectl get pod more --no-headers | awk '{print $3}'
Pending
$ kubectl patch csinode worker-2 --type=json -p '[{"op": "replace", "path": "/spec/drivers/0/allocatable/count", "value": 2}]'
csinode.storage.k8s.io/worker-2 patched
@advance 15s
$ kubectl get pod more -o wide --no-headers | awk '{print $3, $7}'
Running worker-2
# A CSINode goes with its node.
$ kubectl delete node worker-3
node "worker-3" deleted
@advance 5s
$ kubectl get csinodes --no-headers | awk '{print $1}'
control-plane
worker-1
worker-2
