$ kubectl apply -f - <<'EOF'
> apiVersion: v1
> kind: PersistentVolume
> metadata: {name: t-volb-1, labels: {disk: fast}}
> spec:
>   capacity: {storage: 5Gi}
>   accessModes: [ReadWriteOnce, ReadOnlyMany]
>   persistentVolumeReclaimPolicy: Retain
>   storageClassName: t-volb
>   mountOptions: [ro]
>   nfs: {server: n.test, path: /x, readOnly: true}
>   claimRef: {namespace: t-volumes-b, name: reserved}
> ---
> apiVersion: v1
> kind: PersistentVolume
> metadata: {name: t-volb-2}
> spec:
>   capacity: {storage: 1Gi}
>   volumeMode: Block
>   accessModes: [ReadWriteOncePod]
>   persistentVolumeReclaimPolicy: Delete
>   storageClassName: t-volb
>   local: {path: /dev/x}
>   nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [node-2]}]}]}}
> ---
> apiVersion: v1
> kind: PersistentVolume
> metadata: {name: t-volb-3}
> spec:
>   capacity: {storage: 2Gi}
>   accessModes: [ReadWriteMany]
>   storageClassName: t-volb
>   csi: {driver: d.test, volumeHandle: h, fsType: ext4, readOnly: true, volumeAttributes: {a: b}}
> EOF
persistentvolume/t-volb-1 created
persistentvolume/t-volb-2 created
persistentvolume/t-volb-3 created
! sleep 1
$ kubectl get pv t-volb-1 t-volb-2 t-volb-3
NAME       CAPACITY   ACCESS MODES   RECLAIM POLICY   STATUS      CLAIM                  STORAGECLASS   VOLUMEATTRIBUTESCLASS   REASON   AGE
t-volb-1   5Gi        RWO,ROX        Retain           Available   t-volumes-b/reserved   t-volb         <unset>                          2s
t-volb-2   1Gi        RWOP           Delete           Available                          t-volb         <unset>                          2s
t-volb-3   2Gi        RWX            Retain           Available                          t-volb         <unset>                          2s
$ kubectl get pv t-volb-1 t-volb-2 -o wide
NAME       CAPACITY   ACCESS MODES   RECLAIM POLICY   STATUS      CLAIM                  STORAGECLASS   VOLUMEATTRIBUTESCLASS   REASON   AGE   VOLUMEMODE
t-volb-1   5Gi        RWO,ROX        Retain           Available   t-volumes-b/reserved   t-volb         <unset>                          2s    Filesystem
t-volb-2   1Gi        RWOP           Delete           Available                          t-volb         <unset>                          2s    Block
$ kubectl describe pv t-volb-1
Name:            t-volb-1
Labels:          disk=fast
Annotations:     <none>
Finalizers:      [kubernetes.io/pv-protection]
StorageClass:    t-volb
Status:          Available
Claim:           t-volumes-b/reserved
Reclaim Policy:  Retain
Access Modes:    RWO,ROX
VolumeMode:      Filesystem
Capacity:        5Gi
Node Affinity:   <none>
Message:         
Source:
    Type:      NFS (an NFS mount that lasts the lifetime of a pod)
    Server:    n.test
    Path:      /x
    ReadOnly:  true
Events:        <none>
$ kubectl describe pv t-volb-2
Name:              t-volb-2
Labels:            <none>
Annotations:       <none>
Finalizers:        [kubernetes.io/pv-protection]
StorageClass:      t-volb
Status:            Available
Claim:             
Reclaim Policy:    Delete
Access Modes:      RWOP
VolumeMode:        Block
Capacity:          1Gi
Node Affinity:     
  Required Terms:  
    Term 0:        kubernetes.io/hostname in [node-2]
Message:           
Source:
    Type:  LocalVolume (a persistent volume backed by local storage on a node)
    Path:  /dev/x
Events:    <none>
$ kubectl describe pv t-volb-3
Name:            t-volb-3
Labels:          <none>
Annotations:     <none>
Finalizers:      [kubernetes.io/pv-protection]
StorageClass:    t-volb
Status:          Available
Claim:           
Reclaim Policy:  Retain
Access Modes:    RWX
VolumeMode:      Filesystem
Capacity:        2Gi
Node Affinity:   <none>
Message:         
Source:
    Type:              CSI (a Container Storage Interface (CSI) volume source)
    Driver:            d.test
    FSType:            ext4
    VolumeHandle:      h
    ReadOnly:          true
    VolumeAttributes:      a=b
Events:                <none>
$ kubectl get pv t-volb-1 -o jsonpath='{.spec.claimRef} {.status}{"\n"}' | sed 's/"lastPhase[^}]*//'
{"name":"reserved","namespace":"t-volumes-b"} {}
$ kubectl apply -f - <<'EOF'
> apiVersion: v1
> kind: PersistentVolumeClaim
> metadata: {name: reserved}
> spec: {accessModes: [ReadOnlyMany], storageClassName: t-volb, resources: {requests: {storage: 1Gi}}, selector: {matchLabels: {disk: fast}}}
> ---
> apiVersion: v1
> kind: PersistentVolumeClaim
> metadata: {name: toobig}
> spec: {accessModes: [ReadWriteMany], storageClassName: t-volb, resources: {requests: {storage: 50Gi}}}
> ---
> apiVersion: v1
> kind: PersistentVolumeClaim
> metadata: {name: named}
> spec: {accessModes: [ReadWriteMany], storageClassName: t-volb, volumeName: t-volb-3, resources: {requests: {storage: 2Gi}}}
> ---
> apiVersion: v1
> kind: PersistentVolumeClaim
> metadata: {name: raw}
> spec: {accessModes: [ReadWriteOncePod], volumeMode: Block, storageClassName: t-volb, resources: {requests: {storage: 1Gi}}}
> ---
> apiVersion: v1
> kind: PersistentVolumeClaim
> metadata: {name: wrongmode}
> spec: {accessModes: [ReadWriteMany], storageClassName: t-volb, volumeName: t-volb-1, resources: {requests: {storage: 2Gi}}}
> EOF
persistentvolumeclaim/reserved created
persistentvolumeclaim/toobig created
persistentvolumeclaim/named created
persistentvolumeclaim/raw created
persistentvolumeclaim/wrongmode created
$ kubectl wait --for=jsonpath='{.status.phase}'=Bound pvc/reserved pvc/named pvc/raw --timeout=60s
persistentvolumeclaim/reserved condition met
persistentvolumeclaim/named condition met
persistentvolumeclaim/raw condition met
! sleep 2
$ kubectl get pvc
NAME        STATUS    VOLUME     CAPACITY   ACCESS MODES   STORAGECLASS   VOLUMEATTRIBUTESCLASS   AGE
named       Bound     t-volb-3   2Gi        RWX            t-volb         <unset>                 5s
raw         Bound     t-volb-2   1Gi        RWOP           t-volb         <unset>                 4s
reserved    Bound     t-volb-1   5Gi        RWO,ROX        t-volb         <unset>                 5s
toobig      Pending                                        t-volb         <unset>                 5s
wrongmode   Pending   t-volb-1   0                         t-volb         <unset>                 4s
$ kubectl get pvc -o wide
NAME        STATUS    VOLUME     CAPACITY   ACCESS MODES   STORAGECLASS   VOLUMEATTRIBUTESCLASS   AGE   VOLUMEMODE
named       Bound     t-volb-3   2Gi        RWX            t-volb         <unset>                 6s    Filesystem
raw         Bound     t-volb-2   1Gi        RWOP           t-volb         <unset>                 5s    Block
reserved    Bound     t-volb-1   5Gi        RWO,ROX        t-volb         <unset>                 6s    Filesystem
toobig      Pending                                        t-volb         <unset>                 6s    Filesystem
wrongmode   Pending   t-volb-1   0                         t-volb         <unset>                 5s    Filesystem
$ kubectl describe pvc toobig | sed 's/(x[0-9]* over [^)]*)//'
Name:          toobig
Namespace:     t-volumes-b
StorageClass:  t-volb
Status:        Pending
Volume:        
Labels:        <none>
Annotations:   <none>
Finalizers:    [kubernetes.io/pvc-protection]
Capacity:      
Access Modes:  
VolumeMode:    Filesystem
Used By:       <none>
Events:
  Type     Reason              Age   From                         Message
  ----     ------              ----  ----                         -------
  Warning  ProvisioningFailed  8s    persistentvolume-controller  storageclass.storage.k8s.io "t-volb" not found
$ kubectl describe pvc wrongmode | sed -n '/^Events/,$p' | sed 's/(x[0-9]* over [^)]*)//'
Events:
  Type     Reason         Age              From                         Message
  ----     ------         ----             ----                         -------
  Warning  FailedBinding  0s   persistentvolume-controller  volume "t-volb-1" already bound to a different claim.
$ kubectl describe pvc named raw | grep -E '^(Name|Status|Volume|Capacity|Access|VolumeMode|Used)'
Name:          named
Namespace:     t-volumes-b
Status:        Bound
Volume:        t-volb-3
Capacity:      2Gi
Access Modes:  RWX
VolumeMode:    Filesystem
Used By:       <none>
Name:          raw
Namespace:     t-volumes-b
Status:        Bound
Volume:        t-volb-2
Capacity:      1Gi
Access Modes:  RWOP
VolumeMode:    Block
Used By:       <none>
$ kubectl describe pv t-volb-1 | grep -E 'Claim|Status'
Status:          Bound
Claim:           t-volumes-b/reserved
$ kubectl apply -f - <<'EOF'
> apiVersion: v1
> kind: Pod
> metadata: {name: user}
> spec:
>   terminationGracePeriodSeconds: 0
>   containers: [{name: c, image: "nginx:1.27", volumeMounts: [{name: n, mountPath: /n, readOnly: true, subPath: s}], volumeDevices: [{name: r, devicePath: /dev/r}]}]
>   volumes: [{name: n, persistentVolumeClaim: {claimName: reserved, readOnly: true}}, {name: r, persistentVolumeClaim: {claimName: raw}}]
> EOF
Error from server (BadRequest): error when creating "STDIN": Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal bool into Go struct field VolumeMount.spec.containers.volumeMounts.name of type string
[exit 1]
! sleep 3
$ kubectl get pod user --no-headers | awk '{print $1}'
Error from server (NotFound): pods "user" not found
! kubectl get pod user -o jsonpath='{.spec.nodeName}{"\n"}'
! kubectl describe pod user | sed -n '/^Volumes/,/^QoS/p'
$ kubectl describe pvc reserved | grep 'Used By'
Used By:       <none>
$ kubectl delete pvc reserved --wait=false
persistentvolumeclaim "reserved" deleted from t-volumes-b namespace
$ kubectl get pvc reserved
Error from server (NotFound): persistentvolumeclaims "reserved" not found
[exit 1]
$ kubectl describe pvc reserved | grep -E 'Status|Finalizers'
Error from server (NotFound): persistentvolumeclaims "reserved" not found
[exit 1]
$ kubectl delete pv t-volb-1 --wait=false
persistentvolume "t-volb-1" deleted
$ kubectl get pv t-volb-1
Error from server (NotFound): persistentvolumes "t-volb-1" not found
[exit 1]
$ kubectl run second --image=nginx --overrides='{"spec":{"containers":[{"name":"c","image":"nginx"}],"volumes":[{"name":"v","persistentVolumeClaim":{"claimName":"reserved"}}]}}'
pod/second created
$ kubectl run third --image=nginx --overrides='{"spec":{"volumes":[{"name":"v","persistentVolumeClaim":{"claimName":"missing"}}]}}'
pod/third created
$ kubectl run fourth --image=nginx --overrides='{"spec":{"volumes":[{"name":"v","persistentVolumeClaim":{"claimName":"toobig"}}]}}'
pod/fourth created
! sleep 2
$ kubectl get pod second third fourth -o jsonpath='{range .items[*]}{.status.conditions[0].message}{"\n"}{end}'
0/3 nodes are available: persistentvolumeclaim "reserved" not found. not found
0/3 nodes are available: persistentvolumeclaim "missing" not found. not found
0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found
$ kubectl delete pod --all --now | wc -l
3
$ kubectl wait --for=delete pvc/reserved pv/t-volb-1 --timeout=20s
$ kubectl get pv t-volb-1
Error from server (NotFound): persistentvolumes "t-volb-1" not found
[exit 1]
$ kubectl delete pvc raw named
persistentvolumeclaim "raw" deleted from t-volumes-b namespace
persistentvolumeclaim "named" deleted from t-volumes-b namespace
! sleep 2
$ kubectl get pv t-volb-2 t-volb-3 --no-headers | awk '{print $1,$4,$5,$6,$7}'
t-volb-2 Delete Failed t-volumes-b/raw t-volb
t-volb-3 Retain Released t-volumes-b/named t-volb
$ kubectl describe pv t-volb-2 | sed -n '/^Message/p;/^Events/,$p'
Message:           error getting deleter volume plugin for volume "t-volb-2": no volume plugin matched
Events:
  Type     Reason              Age   From                         Message
  ----     ------              ----  ----                         -------
  Warning  VolumeFailedDelete  4s    persistentvolume-controller  error getting deleter volume plugin for volume "t-volb-2": no volume plugin matched
$ kubectl apply -f - <<'EOF'
> apiVersion: storage.k8s.io/v1
> kind: StorageClass
> metadata: {name: t-volb-wffc, annotations: {storageclass.kubernetes.io/is-default-class: "true"}}
> provisioner: kubernetes.io/no-provisioner
> volumeBindingMode: WaitForFirstConsumer
> reclaimPolicy: Retain
> allowVolumeExpansion: true
> parameters: {a: b}
> EOF
storageclass.storage.k8s.io/t-volb-wffc created
$ kubectl get sc t-volb-wffc
NAME                    PROVISIONER                    RECLAIMPOLICY   VOLUMEBINDINGMODE      ALLOWVOLUMEEXPANSION   AGE
t-volb-wffc (default)   kubernetes.io/no-provisioner   Retain          WaitForFirstConsumer   true                   1s
$ kubectl describe sc t-volb-wffc
Name:            t-volb-wffc
IsDefaultClass:  Yes
Annotations:     kubectl.kubernetes.io/last-applied-configuration={"allowVolumeExpansion":true,"apiVersion":"storage.k8s.io/v1","kind":"StorageClass","metadata":{"annotations":{"storageclass.kubernetes.io/is-default-class":"true"},"name":"t-volb-wffc"},"parameters":{"a":"b"},"provisioner":"kubernetes.io/no-provisioner","reclaimPolicy":"Retain","volumeBindingMode":"WaitForFirstConsumer"}
,storageclass.kubernetes.io/is-default-class=true
Provisioner:           kubernetes.io/no-provisioner
Parameters:            a=b
AllowVolumeExpansion:  True
MountOptions:          <none>
ReclaimPolicy:         Retain
VolumeBindingMode:     WaitForFirstConsumer
Events:                <none>
$ kubectl patch sc t-volb-wffc -p '{"provisioner":"x"}'
The StorageClass "t-volb-wffc" is invalid: provisioner: Invalid value: "x": field is immutable
[exit 1]
$ kubectl apply -f - <<'EOF'
> apiVersion: v1
> kind: PersistentVolumeClaim
> metadata: {name: lazy}
> spec: {accessModes: [ReadWriteOnce], storageClassName: t-volb-wffc, resources: {requests: {storage: 1Gi}}}
> EOF
persistentvolumeclaim/lazy created
! sleep 2
$ kubectl describe pvc lazy | sed -n '/^Events/,$p' | sed 's/(x[0-9]* over [^)]*)//'
Events:
  Type    Reason                Age              From                         Message
  ----    ------                ----             ----                         -------
  Normal  WaitForFirstConsumer  0s   persistentvolume-controller  waiting for first consumer to be created before binding
$ kubectl run lazyuser --image=nginx --overrides='{"spec":{"volumes":[{"name":"v","persistentVolumeClaim":{"claimName":"lazy"}}]}}'
pod/lazyuser created
! sleep 2
$ kubectl get pod lazyuser -o jsonpath='{.status.conditions[0].message}{"\n"}'
0/3 nodes are available: 3 node(s) didn't find available persistent volumes to bind. no new claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.
$ kubectl delete sc t-volb-wffc
storageclass.storage.k8s.io "t-volb-wffc" deleted
$ kubectl delete pod lazyuser --now
pod "lazyuser" deleted from t-volumes-b namespace
$ kubectl delete pvc --all
persistentvolumeclaim "lazy" deleted from t-volumes-b namespace
persistentvolumeclaim "toobig" deleted from t-volumes-b namespace
persistentvolumeclaim "wrongmode" deleted from t-volumes-b namespace
$ kubectl delete pv t-volb-2 t-volb-3
persistentvolume "t-volb-2" deleted
persistentvolume "t-volb-3" deleted
$ kubectl get pv t-volb-2 t-volb-3
Error from server (NotFound): persistentvolumes "t-volb-2" not found
Error from server (NotFound): persistentvolumes "t-volb-3" not found
[exit 1]
