$ kubectl apply -f - <<'EOF'
> apiVersion: v1
> kind: Service
> metadata: {name: q}
> spec: {clusterIP: None, selector: {app: q}, ports: [{port: 80}]}
> ---
> apiVersion: apps/v1
> kind: StatefulSet
> metadata: {name: q}
> spec:
>   serviceName: q
>   replicas: 2
>   selector: {matchLabels: {app: q}}
>   updateStrategy: {rollingUpdate: {maxUnavailable: 2}}
>   persistentVolumeClaimRetentionPolicy: {whenDeleted: Delete, whenScaled: Delete}
>   template:
>     metadata: {labels: {app: q}}
>     spec:
>       terminationGracePeriodSeconds: 0
>       containers: [{name: c, image: "nginx:1.27", volumeMounts: [{name: data, mountPath: /d}]}]
>   volumeClaimTemplates:
>   - metadata: {name: data, labels: {x: y}}
>     spec: {accessModes: [ReadWriteOnce], storageClassName: t-stsc, resources: {requests: {storage: 1Gi}}}
> EOF
service/q created
Error from server (BadRequest): error when creating "STDIN": StatefulSet in version "v1" cannot be handled as a StatefulSet: json: cannot unmarshal bool into Go struct field ObjectMeta.spec.volumeClaimTemplates.metadata.labels of type string
[exit 1]
! sleep 2
$ kubectl get sts q
Error from server (NotFound): statefulsets.apps "q" not found
[exit 1]
$ kubectl get pvc
No resources found in t-statefulsets-c namespace.
$ kubectl get pvc data-q-0 -o jsonpath='{.metadata.ownerReferences[*].kind} {.spec.volumeMode} {.metadata.finalizers}{"\n"}'
Error from server (NotFound): persistentvolumeclaims "data-q-0" not found
[exit 1]
$ kubectl describe sts q
Error from server (NotFound): statefulsets.apps "q" not found
[exit 1]
$ kubectl describe pod q-0 | sed -n '/^Volumes/,/^QoS/p'
Error from server (NotFound): pods "q-0" not found
$ kubectl apply -f - <<'EOF'
> apiVersion: v1
> kind: PersistentVolume
> metadata: {name: t-stsc-0}
> spec: {capacity: {storage: 2Gi}, accessModes: [ReadWriteOnce], storageClassName: t-stsc, hostPath: {path: /a}, persistentVolumeReclaimPolicy: Retain}
> ---
> apiVersion: v1
> kind: PersistentVolume
> metadata: {name: t-stsc-1}
> spec: {capacity: {storage: 3Gi}, accessModes: [ReadWriteOnce, ReadOnlyMany], storageClassName: t-stsc, hostPath: {path: /b}, persistentVolumeReclaimPolicy: Retain}
> EOF
persistentvolume/t-stsc-0 created
persistentvolume/t-stsc-1 created
$ kubectl rollout status sts/q --timeout=90s | tail -1
Error from server (NotFound): statefulsets.apps "q" not found
$ kubectl get pvc
No resources found in t-statefulsets-c namespace.
$ kubectl get pv t-stsc-0 t-stsc-1
NAME       CAPACITY   ACCESS MODES   RECLAIM POLICY   STATUS      CLAIM   STORAGECLASS   VOLUMEATTRIBUTESCLASS   REASON   AGE
t-stsc-0   2Gi        RWO            Retain           Available           t-stsc         <unset>                          1s
t-stsc-1   3Gi        RWO,ROX        Retain           Available           t-stsc         <unset>                          1s
$ kubectl scale sts q --replicas=1
Error from server (NotFound): statefulsets.apps "q" not found
[exit 1]
! sleep 4
$ kubectl get pvc
No resources found in t-statefulsets-c namespace.
$ kubectl get pv t-stsc-0 t-stsc-1 --no-headers | awk '{print $1,$5}'
t-stsc-0 Available
t-stsc-1 Available
$ kubectl patch sts q --type=json -p '[{"op":"replace","path":"/spec/persistentVolumeClaimRetentionPolicy/whenDeleted","value":"Retain"}]'
Error from server (NotFound): statefulsets.apps "q" not found
[exit 1]
! sleep 1
$ kubectl get pvc data-q-0 -o jsonpath='{.metadata.ownerReferences[*].kind}{"\n"}'
Error from server (NotFound): persistentvolumeclaims "data-q-0" not found
[exit 1]
$ kubectl patch sts q -p '{"spec":{"volumeClaimTemplates":[{"metadata":{"name":"data"},"spec":{"resources":{"requests":{"storage":"5Gi"}}}}]}}'
Error from server (NotFound): statefulsets.apps "q" not found
[exit 1]
$ kubectl delete pvc data-q-0 --wait=false
Error from server (NotFound): persistentvolumeclaims "data-q-0" not found
[exit 1]
$ kubectl get pvc data-q-0
Error from server (NotFound): persistentvolumeclaims "data-q-0" not found
[exit 1]
$ kubectl delete pod q-0
Error from server (NotFound): pods "q-0" not found
[exit 1]
! sleep 3
$ kubectl get pvc,pod
No resources found in t-statefulsets-c namespace.
$ kubectl get sts q
Error from server (NotFound): statefulsets.apps "q" not found
[exit 1]
$ kubectl delete sts q
Error from server (NotFound): statefulsets.apps "q" not found
[exit 1]
! sleep 1
$ kubectl get pvc
No resources found in t-statefulsets-c namespace.
$ kubectl delete pvc --all
No resources found
$ kubectl delete pv t-stsc-0 t-stsc-1
persistentvolume "t-stsc-0" deleted
persistentvolume "t-stsc-1" deleted
