# Parts of a volume: https://kubernetes.io/docs/concepts/storage/volumes/#using-subpath
$ kubectl apply -f - <<'X'
> apiVersion: v1
> kind: Pod
> metadata: {name: parts}
> spec:
>   terminationGracePeriodSeconds: 0
>   volumes: [{name: shared, emptyDir: {}}]
>   containers:
>   - name: writer
>     image: busybox:1.36
>     command: [sh, -c, 'echo one > /data/file; sleep 3600']
>     env: [{name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]
>     volumeMounts: [{name: shared, mountPath: /data, subPathExpr: logs/$(POD)}]
>   - name: reader
>     image: busybox:1.36
>     command: [sleep, '3600']
>     volumeMounts:
>     - {name: shared, mountPath: /all}
>     - {name: shared, mountPath: /other, subPath: other}
> X
pod/parts created
$ kubectl wait --for=condition=Ready pod/parts --timeout=60s
pod/parts condition met
$ kubectl exec parts -c reader -- ls /all
logs
other
$ kubectl exec parts -c reader -- cat /all/logs/parts/file
one
$ kubectl exec parts -c reader -- sh -c 'echo two > /other/file; cd /other; pwd; ls; cat /all/other/file'
/other
file
two
$ kubectl exec parts -c writer -- ls /data
file
$ kubectl exec parts -c writer -- sh -c 'rmdir /data; cat /data/../data/file'
rmdir: '/data': Device or resource busy
one
$ kubectl apply -f - <<'X'
> apiVersion: v1
> kind: Pod
> metadata: {name: refused}
> spec:
>   terminationGracePeriodSeconds: 0
>   volumes: [{name: shared, emptyDir: {}}]
>   containers:
>   - name: main
>     image: busybox:1.36
>     command: [sleep, '3600']
>     env: [{name: EMPTY, value: ''}]
>     volumeMounts: [{name: shared, mountPath: /data, subPathExpr: $(NONE)/$(EMPTY)}]
> X
pod/refused created
$ kubectl wait pod/refused --timeout=60s --for=jsonpath='{.status.containerStatuses[0].state.waiting.reason}'=CreateContainerConfigError
pod/refused condition met
$ kubectl get pod refused -o jsonpath='{.status.containerStatuses[0].state.waiting.message}'
missing value for EMPTY, NONE
$ kubectl delete pod parts refused
pod "parts" deleted from t-sub-paths namespace
pod "refused" deleted from t-sub-paths namespace
