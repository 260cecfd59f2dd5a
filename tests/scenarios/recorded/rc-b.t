$ kubectl apply -f - <<'EOF'
> apiVersion: v1
> kind: ReplicationController
> metadata: {name: front, labels: {l: m}}
> spec:
>   replicas: 1
>   template:
>     metadata: {labels: {app: front}}
>     spec: {terminationGracePeriodSeconds: 0, containers: [{name: a, image: "nginx:1.27"}, {name: b, image: "redis:7"}]}
> EOF
replicationcontroller/front created
! kubectl wait --for=jsonpath='{.status.readyReplicas}'=1 rc/front --timeout=60s
$ kubectl get rc
NAME    DESIRED   CURRENT   READY   AGE
front   1         1         1       1s
$ kubectl get rc -o wide
NAME    DESIRED   CURRENT   READY   AGE   CONTAINERS   IMAGES               SELECTOR
front   1         1         1       1s    a,b          nginx:1.27,redis:7   app=front
$ kubectl get rc front -o yaml | grep -vE 'uid|Time|resourceVersion|last-applied|^ *{'
apiVersion: v1
kind: ReplicationController
metadata:
  annotations:
  generation: 1
  labels:
    l: m
  name: front
  namespace: t-rc-b
spec:
  replicas: 1
  selector:
    app: front
  template:
    metadata:
      labels:
        app: front
    spec:
      containers:
      - image: nginx:1.27
        imagePullPolicy: IfNotPresent
        name: a
        resources: {}
        terminationMessagePath: /dev/termination-log
        terminationMessagePolicy: File
      - image: redis:7
        imagePullPolicy: IfNotPresent
        name: b
        resources: {}
        terminationMessagePath: /dev/termination-log
        terminationMessagePolicy: File
      dnsPolicy: ClusterFirst
      restartPolicy: Always
      schedulerName: default-scheduler
      securityContext: {}
      terminationGracePeriodSeconds: 0
status:
  availableReplicas: 1
  fullyLabeledReplicas: 1
  observedGeneration: 1
  readyReplicas: 1
  replicas: 1
$ kubectl describe rc front | sed 's/front-[a-z0-9]*$/front-X/'
Name:         front
Namespace:    t-rc-b
Selector:     app=front
Labels:       l=m
Annotations:  <none>
Replicas:     1 current / 1 desired
Pods Status:  1 Running / 0 Waiting / 0 Succeeded / 0 Failed
Pod Template:
  Labels:  app=front
  Containers:
   a:
    Image:        nginx:1.27
    Port:         <none>
    Host Port:    <none>
    Environment:  <none>
    Mounts:       <none>
   b:
    Image:         redis:7
    Port:          <none>
    Host Port:     <none>
    Environment:   <none>
    Mounts:        <none>
  Volumes:         <none>
  Node-Selectors:  <none>
  Tolerations:     <none>
Events:
  Type    Reason            Age   From                    Message
  ----    ------            ----  ----                    -------
  Normal  SuccessfulCreate  2s    replication-controller  Created pod: front-X
$ kubectl get rc front --subresource=scale -o yaml | grep -vE 'uid|Time|resourceVersion'
apiVersion: autoscaling/v1
kind: Scale
metadata:
  name: front
  namespace: t-rc-b
spec:
  replicas: 1
status:
  replicas: 1
  selector: app=front
$ kubectl scale rc front --replicas=2 --current-replicas=1
replicationcontroller/front scaled
! kubectl wait --for=jsonpath='{.status.readyReplicas}'=2 rc/front --timeout=60s
$ kubectl rollout status rc/front
error: no status viewer has been implemented for ReplicationController
[exit 1]
$ kubectl set image rc/front a=nginx:1.28
replicationcontroller/front image updated
$ kubectl get pods -l app=front -o jsonpath='{.items[*].spec.containers[0].image}{"\n"}'
nginx:1.27 nginx:1.27
$ kubectl set env rc/front A=b
replicationcontroller/front env updated
$ kubectl set resources rc front --limits=cpu=1
replicationcontroller/front resource requirements updated
$ kubectl rollout history rc/front
error: no history viewer has been implemented for "ReplicationController"
[exit 1]
$ kubectl patch rc front -p '{"spec":{"selector":{"app":"other"}}}'
The ReplicationController "front" is invalid: spec.template.metadata.labels: Invalid value: {"app":"front"}: `selector` does not match template `labels`
[exit 1]
$ kubectl patch rc front -p '{"spec":{"replicas":-1}}'
The ReplicationController "front" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0
[exit 1]
$ kubectl patch rc front -p '{"spec":{"template":{"spec":{"restartPolicy":"Never"}}}}'
The ReplicationController "front" is invalid: spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"
[exit 1]
$ kubectl patch rc front --subresource=status -p '{"status":{"readyReplicas":9}}'
The ReplicationController "front" is invalid: status.readyReplicas: Invalid value: 9: cannot be greater than status.replicas
[exit 1]
$ kubectl logs rc/front --tail=1 2>&1 | head -1
Found 2 pods, using pod/front-gdqxw
$ kubectl expose rc front --port=80 --target-port=8080 --type=NodePort -o jsonpath='{.spec.selector} {.spec.ports[0].targetPort}{"\n"}'
{"app":"front"} 8080
$ kubectl delete pods -l app=front | wc -l
2
! kubectl wait --for=jsonpath='{.status.readyReplicas}'=2 rc/front --timeout=60s
$ kubectl get rc front --no-headers | awk '{print $2,$3,$4}'
2 2 0
$ kubectl label pods -l app=front app=free --overwrite | wc -l
2
! sleep 2
$ kubectl get pods --show-labels --no-headers | awk '{print $NF}' | sort | uniq -c | awk '{print $1,$2}'
2 app=free
2 app=front
$ kubectl describe rc front | grep 'Pods Status'
Pods Status:  0 Running / 2 Waiting / 0 Succeeded / 0 Failed
$ kubectl scale rc --all --replicas=0
replicationcontroller/front scaled
! sleep 2
$ kubectl get rc
NAME    DESIRED   CURRENT   READY   AGE
front   0         0         0       76s
$ kubectl events --for rc/front | awk '{print $2,$3}' | sort | uniq -c | awk '{print $1,$2,$3}'
6 Normal SuccessfulCreate
2 Normal SuccessfulDelete
1 SEEN TYPE
$ kubectl delete rc front --cascade=foreground
replicationcontroller "front" deleted from t-rc-b namespace
$ kubectl get rc,pods -l app=front
No resources found in t-rc-b namespace.
$ kubectl create -f - <<'EOF'
> apiVersion: v1
> kind: ReplicationController
> metadata: {name: bad}
> spec: {selector: {a: b}, template: {metadata: {labels: {a: c}}, spec: {containers: []}}}
> EOF
The ReplicationController "bad" is invalid: 
* spec.template.metadata.labels: Invalid value: {"a":"c"}: `selector` does not match template `labels`
* spec.template.spec.containers: Required value
[exit 1]
$ kubectl create -f - <<'EOF'
> apiVersion: v1
> kind: ReplicationController
> metadata: {name: notemplate}
> spec: {selector: {a: b}}
> EOF
The ReplicationController "notemplate" is invalid: spec.template: Required value
[exit 1]
$ kubectl autoscale rc/none --max=2
Error from server (NotFound): replicationcontrollers "none" not found
[exit 1]
