$ kubectl create deployment two --image=nginx:1.27 --image=redis:7 --replicas=2
deployment.apps/two created
$ kubectl rollout status deploy two --timeout=60s | tail -1
deployment "two" successfully rolled out
$ kubectl get deploy two -o wide
NAME   READY   UP-TO-DATE   AVAILABLE   AGE   CONTAINERS    IMAGES               SELECTOR
two    2/2     2            2           3s    nginx,redis   nginx:1.27,redis:7   app=two
$ kubectl get rs -l app=two -o wide
NAME             DESIRED   CURRENT   READY   AGE   CONTAINERS    IMAGES               SELECTOR
two-5cdc7c6c9f   2         2         2       3s    nginx,redis   nginx:1.27,redis:7   app=two,pod-template-hash=5cdc7c6c9f
! kubectl describe deploy two
$ kubectl get deploy two -o yaml | grep -vE 'lastUpdate|lastTransition'
apiVersion: apps/v1
kind: Deployment
metadata:
  annotations:
    deployment.kubernetes.io/revision: "1"
  creationTimestamp: "2026-11-30T15:45:06Z"
  generation: 1
  labels:
    app: two
  name: two
  namespace: t-deploy-create-b
  resourceVersion: "751"
  uid: 659f3f78-1c4a-421b-a10b-6b95a2b2e632
spec:
  progressDeadlineSeconds: 600
  replicas: 2
  revisionHistoryLimit: 10
  selector:
    matchLabels:
      app: two
  strategy:
    rollingUpdate:
      maxSurge: 25%
      maxUnavailable: 25%
    type: RollingUpdate
  template:
    metadata:
      labels:
        app: two
    spec:
      containers:
      - image: nginx:1.27
        imagePullPolicy: IfNotPresent
        name: nginx
        resources: {}
        terminationMessagePath: /dev/termination-log
        terminationMessagePolicy: File
      - image: redis:7
        imagePullPolicy: IfNotPresent
        name: redis
        resources: {}
        terminationMessagePath: /dev/termination-log
        terminationMessagePolicy: File
      dnsPolicy: ClusterFirst
      restartPolicy: Always
      schedulerName: default-scheduler
      securityContext: {}
      terminationGracePeriodSeconds: 30
status:
  availableReplicas: 2
  conditions:
    message: Deployment has minimum availability.
    reason: MinimumReplicasAvailable
    status: "True"
    type: Available
    message: ReplicaSet "two-5cdc7c6c9f" has successfully progressed.
    reason: NewReplicaSetAvailable
    status: "True"
    type: Progressing
  observedGeneration: 1
  readyReplicas: 2
  replicas: 2
  terminatingReplicas: 0
  updatedReplicas: 2
$ kubectl create deployment cmd --image=busybox:1.36 --port=8080 -- sleep 100
deployment.apps/cmd created
$ kubectl get deploy cmd -o jsonpath='{.spec.template.spec.containers[0]}{"\n"}'
{"command":["sleep","100"],"image":"busybox:1.36","imagePullPolicy":"IfNotPresent","name":"busybox","ports":[{"containerPort":8080,"protocol":"TCP"}],"resources":{},"terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File"}
$ kubectl create deployment zero --image=nginx --replicas=0
deployment.apps/zero created
$ kubectl rollout status deploy/zero
deployment "zero" successfully rolled out
$ kubectl get deploy zero
NAME   READY   UP-TO-DATE   AVAILABLE   AGE
zero   0/0     0            0           1s
! kubectl describe deploy zero
$ kubectl create deployment neg --image=nginx --replicas=-1
error: failed to create deployment: Deployment.apps "neg" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0
[exit 1]
$ kubectl create deployment same --image=nginx:1 --image=nginx:2 -o yaml --dry-run=client
apiVersion: apps/v1
kind: Deployment
metadata:
  labels:
    app: same
  name: same
spec:
  replicas: 1
  selector:
    matchLabels:
      app: same
  strategy: {}
  template:
    metadata:
      labels:
        app: same
    spec:
      containers:
      - image: nginx:1
        name: nginx
        resources: {}
      - image: nginx:2
        name: nginx
        resources: {}
status: {}
$ kubectl create deployment bad --image=NGINX
error: failed to create deployment: Deployment.apps "bad" is invalid: spec.template.spec.containers[0].name: Invalid value: "NGINX": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')
[exit 1]
$ kubectl create deployment 'sp ace' --image=nginx
error: failed to create deployment: Deployment.apps "sp ace" is invalid: [metadata.name: Invalid value: "sp ace": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*'), metadata.labels: Invalid value: "sp ace": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?'), spec.selector.matchLabels: Invalid value: "sp ace": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?'), spec.selector: Invalid value: {"matchLabels":{"app":"sp ace"}}: invalid label selector]
[exit 1]
$ kubectl create deployment many a --image=nginx
error: exactly one NAME is required, got 2
See 'kubectl create deployment -h' for help and examples
[exit 1]
$ kubectl create deployment --help | head -5
Create a deployment with the specified name.

Aliases:
deployment, deploy

! kubectl get deploy --show-labels
$ kubectl get deploy -o name
deployment.apps/cmd
deployment.apps/two
deployment.apps/zero
! kubectl get deploy -o custom-columns=N:.metadata.name,R:.spec.replicas,A:.status.availableReplicas
$ kubectl get deploy --sort-by=.spec.replicas -o name
deployment.apps/zero
deployment.apps/cmd
deployment.apps/two
$ kubectl get deploy -o jsonpath='{range .items[?(@.spec.replicas==2)]}{.metadata.name}{"\n"}{end}'
two
$ kubectl get deployments.apps two --no-headers | awk '{print $2,$3,$4}'
2/2 2 2
$ kubectl scale deploy two cmd --replicas=3
deployment.apps/two scaled
deployment.apps/cmd scaled
$ kubectl rollout status deploy/two deploy/cmd | tail -1
deployment "cmd" successfully rolled out
$ kubectl scale deploy --all --replicas=1
deployment.apps/cmd scaled
deployment.apps/two scaled
deployment.apps/zero scaled
$ kubectl scale deploy -l app=two --replicas=2 --current-replicas=1
deployment.apps/two scaled
$ kubectl scale deploy two --replicas=2 --current-replicas=5
error: Expected replicas to be 5, was 2
[exit 1]
$ kubectl scale deploy two
error: required flag(s) "replicas" not set
[exit 1]
$ kubectl scale deploy two --replicas=-3
error: The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0
[exit 1]
$ kubectl scale deploy two --replicas=4 --dry-run=client
deployment.apps/two scaled (dry run)
$ kubectl scale deploy two --replicas=4 --dry-run=server
deployment.apps/two scaled (server dry run)
$ kubectl scale deploy two --replicas=4 -o name
deployment.apps/two
$ kubectl scale deploy two --replicas=1 --timeout=30s
deployment.apps/two scaled
! kubectl scale deploy two --resource-version=1 --replicas=2
$ kubectl scale --replicas=2
error: You must provide one or more resources by argument or filename.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
   '<resource> <name>'
   '<resource>'
[exit 1]
$ kubectl scale deploy --replicas=2
error: resource(s) were provided, but no name was specified
[exit 1]
! kubectl get deploy two --subresource=scale
$ kubectl get deploy two --subresource=status
NAME   READY   UP-TO-DATE   AVAILABLE   AGE
two    1/1     1            1           22s
$ kubectl get deploy two --subresource=scale -o jsonpath='{.kind} {.spec} {.status.selector}{"\n"}'
Scale {"replicas":1} app=two
$ kubectl get deploy two --subresource=nope
Error from server (NotFound): the server could not find the requested resource
[exit 1]
$ kubectl get events --field-selector involvedObject.name=zero
LAST SEEN   TYPE     REASON              OBJECT            MESSAGE
9s          Normal   ScalingReplicaSet   deployment/zero   Scaled up replica set zero-787fbf576b from 0 to 1
$ kubectl delete deploy two cmd zero --wait=false
deployment.apps "two" deleted from t-deploy-create-b namespace
deployment.apps "cmd" deleted from t-deploy-create-b namespace
deployment.apps "zero" deleted from t-deploy-create-b namespace
