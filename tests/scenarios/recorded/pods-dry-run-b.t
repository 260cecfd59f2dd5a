$ kubectl create clusterrole cr --verb=get,list --resource=pods --resource-name=x --dry-run=client -o yaml
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: cr
rules:
- apiGroups:
  - ""
  resourceNames:
  - x
  resources:
  - pods
  verbs:
  - get
  - list
$ kubectl create clusterrole cr --verb=get --non-resource-url=/metrics --dry-run=client -o yaml
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: cr
rules:
- nonResourceURLs:
  - /metrics
  verbs:
  - get
$ kubectl create clusterrole cr --aggregation-rule=a=b --dry-run=client -o yaml
aggregationRule:
  clusterRoleSelectors:
  - matchLabels:
      a: b
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: cr
rules: null
$ kubectl create clusterrolebinding crb --clusterrole=x --user=a --user=b --group=c --serviceaccount=n:s --dry-run=client -o yaml
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: crb
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: x
subjects:
- apiGroup: rbac.authorization.k8s.io
  kind: User
  name: a
- apiGroup: rbac.authorization.k8s.io
  kind: User
  name: b
- apiGroup: rbac.authorization.k8s.io
  kind: Group
  name: c
- kind: ServiceAccount
  name: s
  namespace: "n"
$ kubectl create rolebinding rb --role=x --serviceaccount=n:s --dry-run=client -o json
{
    "kind": "RoleBinding",
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "metadata": {
        "name": "rb"
    },
    "subjects": [
        {
            "kind": "ServiceAccount",
            "name": "s",
            "namespace": "n"
        }
    ],
    "roleRef": {
        "apiGroup": "rbac.authorization.k8s.io",
        "kind": "Role",
        "name": "x"
    }
}
$ kubectl create sa robot --dry-run=client -o yaml
apiVersion: v1
kind: ServiceAccount
metadata:
  name: robot
$ kubectl create secret docker-registry r --docker-server=s --docker-username=u --docker-password=p --dry-run=client -o yaml
apiVersion: v1
data:
  .dockerconfigjson: eyJhdXRocyI6eyJzIjp7InVzZXJuYW1lIjoidSIsInBhc3N3b3JkIjoicCIsImF1dGgiOiJkVHB3In19fQ==
kind: Secret
metadata:
  name: r
type: kubernetes.io/dockerconfigjson
$ kubectl create secret generic g --from-literal=a=b --type=x.test/y --dry-run=client -o json
{
    "kind": "Secret",
    "apiVersion": "v1",
    "metadata": {
        "name": "g"
    },
    "data": {
        "a": "Yg=="
    },
    "type": "x.test/y"
}
$ kubectl create service externalname e --external-name=a.test --dry-run=client -o yaml
apiVersion: v1
kind: Service
metadata:
  labels:
    app: e
  name: e
spec:
  externalName: a.test
  selector:
    app: e
  type: ExternalName
status:
  loadBalancer: {}
$ kubectl create service loadbalancer l --tcp=1:2 --tcp=3:named --dry-run=client -o yaml
apiVersion: v1
kind: Service
metadata:
  labels:
    app: l
  name: l
spec:
  ports:
  - name: 1-2
    port: 1
    protocol: TCP
    targetPort: 2
  - name: 3-named
    port: 3
    protocol: TCP
    targetPort: named
  selector:
    app: l
  type: LoadBalancer
status:
  loadBalancer: {}
$ kubectl create service clusterip c --clusterip=None --tcp=80 --dry-run=client -o yaml
apiVersion: v1
kind: Service
metadata:
  labels:
    app: c
  name: c
spec:
  clusterIP: None
  ports:
  - name: "80"
    port: 80
    protocol: TCP
    targetPort: 80
  selector:
    app: c
  type: ClusterIP
status:
  loadBalancer: {}
$ kubectl create service clusterip c --clusterip=1.2.3.4 --tcp=80:http --dry-run=client -o json
{
    "kind": "Service",
    "apiVersion": "v1",
    "metadata": {
        "name": "c",
        "labels": {
            "app": "c"
        }
    },
    "spec": {
        "ports": [
            {
                "name": "80-http",
                "protocol": "TCP",
                "port": 80,
                "targetPort": "http"
            }
        ],
        "selector": {
            "app": "c"
        },
        "clusterIP": "1.2.3.4",
        "type": "ClusterIP"
    },
    "status": {
        "loadBalancer": {}
    }
}
$ kubectl create ingress i --class=c --rule='a.test/p*=s:80,tls=t' --rule='/x=s2:http' --annotation=k=v --default-backend=d:1 --dry-run=client -o yaml
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  annotations:
    k: v
  name: i
spec:
  defaultBackend:
    service:
      name: d
      port:
        number: 1
  ingressClassName: c
  rules:
  - host: a.test
    http:
      paths:
      - backend:
          service:
            name: s
            port:
              number: 80
        path: /p
        pathType: Prefix
  - http:
      paths:
      - backend:
          service:
            name: s2
            port:
              name: http
        path: /x
        pathType: Exact
  tls:
  - hosts:
    - a.test
    secretName: t
status:
  loadBalancer: {}
$ kubectl create ingress i --rule='*.a.test/=s:80,tls' --dry-run=client -o yaml
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: i
spec:
  rules:
  - host: '*.a.test'
    http:
      paths:
      - backend:
          service:
            name: s
            port:
              number: 80
        path: /
        pathType: Exact
  tls:
  - hosts:
    - '*.a.test'
status:
  loadBalancer: {}
$ kubectl create pdb p --selector='a=b,c in (d)' --max-unavailable=30% --dry-run=client -o yaml
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: p
spec:
  maxUnavailable: 30%
  selector:
    matchExpressions:
    - key: c
      operator: In
      values:
      - d
    matchLabels:
      a: b
status:
  currentHealthy: 0
  desiredHealthy: 0
  disruptionsAllowed: 0
  expectedPods: 0
$ kubectl create quota q --hard=pods=1 --scopes=BestEffort --dry-run=client -o yaml
apiVersion: v1
kind: ResourceQuota
metadata:
  name: q
spec:
  hard:
    pods: "1"
  scopes:
  - BestEffort
status: {}
$ kubectl create quota q --dry-run=client -o yaml
apiVersion: v1
kind: ResourceQuota
metadata:
  name: q
spec: {}
status: {}
$ kubectl create priorityclass pc --value=-10 --global-default --preemption-policy=Never --description=d --dry-run=client -o yaml
apiVersion: scheduling.k8s.io/v1
description: d
globalDefault: true
kind: PriorityClass
metadata:
  name: pc
preemptionPolicy: Never
value: -10
$ kubectl create priorityclass pc --value=2000000000 --dry-run=server
error: failed to create priorityclass: PriorityClass.scheduling.k8s.io "pc" is invalid: value: Forbidden: maximum allowed value of a user defined priority is 1000000000
[exit 1]
$ kubectl create priorityclass pc --preemption-policy=Sometimes --value=1 --dry-run=server
error: failed to create priorityclass: PriorityClass.scheduling.k8s.io "pc" is invalid: preemptionPolicy: Unsupported value: "Sometimes": supported values: "PreemptLowerPriority", "Never"
[exit 1]
$ kubectl create priorityclass pc --dry-run=client -o yaml
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata:
  name: pc
preemptionPolicy: PreemptLowerPriority
value: 0
$ kubectl create cronjob cj --image=b --schedule='* * * * *' --dry-run=client -o yaml -- a b
apiVersion: batch/v1
kind: CronJob
metadata:
  name: cj
spec:
  jobTemplate:
    metadata:
      name: cj
    spec:
      template:
        metadata: {}
        spec:
          containers:
          - command:
            - a
            - b
            image: b
            name: cj
            resources: {}
          restartPolicy: OnFailure
  schedule: '* * * * *'
status: {}
$ kubectl create job j --image=b --dry-run=server -o yaml | grep -vE 'uid|Time|resourceVersion'
apiVersion: batch/v1
kind: Job
metadata:
  generation: 1
  labels:
    batch.kubernetes.io/job-name: j
    job-name: j
  name: j
  namespace: t-pods-dry-run-b
spec:
  backoffLimit: 6
  completionMode: NonIndexed
  completions: 1
  manualSelector: false
  parallelism: 1
  podReplacementPolicy: TerminatingOrFailed
  selector:
    matchLabels:
  suspend: false
  template:
    metadata:
      labels:
        batch.kubernetes.io/job-name: j
        job-name: j
    spec:
      containers:
      - image: b
        imagePullPolicy: Always
        name: j
        resources: {}
        terminationMessagePath: /dev/termination-log
        terminationMessagePolicy: File
      dnsPolicy: ClusterFirst
      restartPolicy: Never
      schedulerName: default-scheduler
      securityContext: {}
      terminationGracePeriodSeconds: 30
status: {}
$ kubectl create deployment d --image=a/b/c:1@sha256:0123456789012345678901234567890123456789012345678901234567890123 --image=x.test:5000/y --dry-run=client -o yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  labels:
    app: d
  name: d
spec:
  replicas: 1
  selector:
    matchLabels:
      app: d
  strategy: {}
  template:
    metadata:
      labels:
        app: d
    spec:
      containers:
      - image: a/b/c:1@sha256:0123456789012345678901234567890123456789012345678901234567890123
        name: c
        resources: {}
      - image: x.test:5000/y
        name: "y"
        resources: {}
status: {}
$ kubectl create deployment d --image=nginx --dry-run=server -o yaml | grep -vE 'uid|Time|resourceVersion'
apiVersion: apps/v1
kind: Deployment
metadata:
  generation: 1
  labels:
    app: d
  name: d
  namespace: t-pods-dry-run-b
spec:
  progressDeadlineSeconds: 600
  replicas: 1
  revisionHistoryLimit: 10
  selector:
    matchLabels:
      app: d
  strategy:
    rollingUpdate:
      maxSurge: 25%
      maxUnavailable: 25%
    type: RollingUpdate
  template:
    metadata:
      labels:
        app: d
    spec:
      containers:
      - image: nginx
        imagePullPolicy: Always
        name: nginx
        resources: {}
        terminationMessagePath: /dev/termination-log
        terminationMessagePolicy: File
      dnsPolicy: ClusterFirst
      restartPolicy: Always
      schedulerName: default-scheduler
      securityContext: {}
      terminationGracePeriodSeconds: 30
status: {}
$ kubectl create deployment d --image=nginx --replicas=0 --port=5 --dry-run=client -o yaml -- x
apiVersion: apps/v1
kind: Deployment
metadata:
  labels:
    app: d
  name: d
spec:
  replicas: 0
  selector:
    matchLabels:
      app: d
  strategy: {}
  template:
    metadata:
      labels:
        app: d
    spec:
      containers:
      - command:
        - x
        image: nginx
        name: nginx
        ports:
        - containerPort: 5
        resources: {}
status: {}
$ kubectl create role r --verb=get --resource=pods/log --resource=deployments --dry-run=client -o yaml
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: r
rules:
- apiGroups:
  - ""
  resources:
  - pods/log
  verbs:
  - get
- apiGroups:
  - apps
  resources:
  - deployments
  verbs:
  - get
$ kubectl create role r --verb=use --resource=podsecuritypolicies.policy --dry-run=client -o yaml
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: r
rules:
- apiGroups:
  - policy
  resources:
  - podsecuritypolicies
  verbs:
  - use
$ kubectl create token default --dry-run=client
error: unknown flag: --dry-run
See 'kubectl create token --help' for usage.
[exit 1]
$ kubectl create -f - --dry-run=client -o yaml <<'EOF'
> apiVersion: v1
> kind: Service
> metadata: {name: s, creationTimestamp: null}
> spec: {ports: [{port: 80}], clusterIP: ""}
> status: {loadBalancer: {}}
> EOF
apiVersion: v1
kind: Service
metadata:
  creationTimestamp: null
  name: s
  namespace: t-pods-dry-run-b
spec:
  clusterIP: ""
  ports:
  - port: 80
status:
  loadBalancer: {}
$ kubectl create -f - --dry-run=client <<'EOF'
> apiVersion: v1
> kind: Service
> metadata: {name: s}
> spec: {portz: 1}
> EOF
service/s created (dry run)
$ kubectl create -f - --dry-run=server -o yaml <<'EOF' | grep -vE 'uid|Time|resourceVersion|clusterIP|10\.'
> apiVersion: v1
> kind: Service
> metadata: {name: s}
> spec: {ports: [{port: 80}]}
> EOF
apiVersion: v1
kind: Service
metadata:
  name: s
  namespace: t-pods-dry-run-b
spec:
  internalTrafficPolicy: Cluster
  ipFamilies:
  - IPv4
  ipFamilyPolicy: SingleStack
  ports:
  - port: 80
    protocol: TCP
    targetPort: 80
  sessionAffinity: None
  type: ClusterIP
status:
  loadBalancer: {}
$ kubectl create -f - --dry-run=server -o yaml <<'EOF' | grep -vE 'uid|Time|resourceVersion'
> apiVersion: apps/v1
> kind: StatefulSet
> metadata: {name: s}
> spec: {serviceName: s, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: "i:latest"}]}}}
> EOF
apiVersion: apps/v1
kind: StatefulSet
metadata:
  generation: 1
  name: s
  namespace: t-pods-dry-run-b
spec:
  persistentVolumeClaimRetentionPolicy:
    whenDeleted: Retain
    whenScaled: Retain
  podManagementPolicy: OrderedReady
  replicas: 1
  revisionHistoryLimit: 10
  selector:
    matchLabels:
      a: b
  serviceName: s
  template:
    metadata:
      labels:
        a: b
    spec:
      containers:
      - image: i:latest
        imagePullPolicy: Always
        name: c
        resources: {}
        terminationMessagePath: /dev/termination-log
        terminationMessagePolicy: File
      dnsPolicy: ClusterFirst
      restartPolicy: Always
      schedulerName: default-scheduler
      securityContext: {}
      terminationGracePeriodSeconds: 30
  updateStrategy:
    rollingUpdate:
      partition: 0
    type: RollingUpdate
status:
  availableReplicas: 0
  replicas: 0
$ kubectl create -f - --dry-run=server -o yaml <<'EOF' | grep -vE 'uid|Time|resourceVersion'
> apiVersion: batch/v1
> kind: CronJob
> metadata: {name: s}
> spec: {schedule: "@daily", jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: "i"}]}}}}}
> EOF
apiVersion: batch/v1
kind: CronJob
metadata:
  generation: 1
  name: s
  namespace: t-pods-dry-run-b
spec:
  concurrencyPolicy: Allow
  failedJobsHistoryLimit: 1
  jobTemplate:
    metadata: {}
    spec:
      template:
        metadata: {}
        spec:
          containers:
          - image: i
            imagePullPolicy: Always
            name: c
            resources: {}
            terminationMessagePath: /dev/termination-log
            terminationMessagePolicy: File
          dnsPolicy: ClusterFirst
          restartPolicy: Never
          schedulerName: default-scheduler
          securityContext: {}
          terminationGracePeriodSeconds: 30
  schedule: '@daily'
  successfulJobsHistoryLimit: 3
  suspend: false
status: {}
$ kubectl create -f - --dry-run=server -o yaml <<'EOF' | grep -vE 'uid|Time|resourceVersion'
> apiVersion: v1
> kind: PersistentVolumeClaim
> metadata: {name: s}
> spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
> EOF
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  finalizers:
  - kubernetes.io/pvc-protection
  name: s
  namespace: t-pods-dry-run-b
spec:
  accessModes:
  - ReadWriteOnce
  resources:
    requests:
      storage: 1Gi
  volumeMode: Filesystem
status:
  phase: Pending
$ kubectl create -f - --dry-run=server -o yaml <<'EOF' | grep -vE 'uid|Time|resourceVersion'
> apiVersion: networking.k8s.io/v1
> kind: NetworkPolicy
> metadata: {name: s}
> spec: {podSelector: {}, egress: [{}]}
> EOF
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  generation: 1
  name: s
  namespace: t-pods-dry-run-b
spec:
  egress:
  - {}
  podSelector: {}
  policyTypes:
  - Ingress
  - Egress
$ kubectl create namespace n --dry-run=server -o yaml | grep -vE 'uid|Time|resourceVersion'
apiVersion: v1
kind: Namespace
metadata:
  labels:
    kubernetes.io/metadata.name: "n"
  name: "n"
spec:
  finalizers:
  - kubernetes
status:
  phase: Active
$ kubectl expose pod x --port=80 --dry-run=client
Error from server (NotFound): pods "x" not found
[exit 1]
$ kubectl get all
No resources found in t-pods-dry-run-b namespace.
