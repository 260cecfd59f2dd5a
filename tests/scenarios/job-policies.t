# A failure policy can fail the whole job by an exit code, at once.
$ kubectl apply -f - <<EOF
> apiVersion: batch/v1
> kind: Job
> metadata: {name: picky}
> spec:
>   completions: 4
>   parallelism: 2
>   podFailurePolicy:
>     rules:
>     - {action: Ignore, onPodConditions: [{type: DisruptionTarget}]}
>     - {action: FailJob, onExitCodes: {containerName: main, operator: In, values: [42]}}
>   template:
>     spec:
>       restartPolicy: Never
>       containers: [{name: main, image: "busybox:1.36", command: [sh, -c, "sleep 3; exit 42"]}]
> EOF
job.batch/picky created
@advance 15s
$ kubectl get job picky -o jsonpath='{range .status.conditions[*]}{.type}={.status} {.reason}: {.message}{"\n"}{end}' | sed 's/picky-[a-z0-9]*/POD/'
FailureTarget=True PodFailurePolicy: Container main for pod t-job-policies/POD failed with exit code 42 matching FailJob rule at index 1
Failed=True PodFailurePolicy: Container main for pod t-job-policies/POD failed with exit code 42 matching FailJob rule at index 1
$ kubectl get job picky -o jsonpath='{.status.failed} {.status.terminating} {.status.ready} {.status.uncountedTerminatedPods}{"\n"}'
2 0 0 {}
$ kubectl get pods -l job-name=picky -o jsonpath='{range .items[*]}{.metadata.finalizers}{.status.phase}{"\n"}{end}'
Failed
Failed
$ kubectl get events --field-selector involvedObject.name=picky -o custom-columns=TYPE:.type,REASON:.reason,MESSAGE:.message --no-headers | sed 's/picky-[a-z0-9]*/POD/g' | sort | uniq -c | awk '{$1=$1; print}'
2 Normal SuccessfulCreate Created pod: POD
1 Warning PodFailurePolicy Container main for pod t-job-policies/POD failed with exit code 42 matching FailJob rule at index 1
# Failures that it ignores are not counted: the pod that a drain evicted is replaced though backoffLimit is 0.
$ kubectl apply -f - <<EOF
> apiVersion: batch/v1
> kind: Job
> metadata: {name: patient}
> spec:
>   backoffLimit: 0
>   podFailurePolicy:
>     rules: [{action: Ignore, onPodConditions: [{type: DisruptionTarget}]}]
>   template:
>     spec:
>       restartPolicy: Never
>       terminationGracePeriodSeconds: 1
>       containers: [{name: main, image: "busybox:1.36", command: [sh, -c, "sleep 60"]}]
> EOF
job.batch/patient created
@advance 5s
$ kubectl drain $(kubectl get pod -l job-name=patient -o jsonpath='{.items[0].spec.nodeName}') --ignore-daemonsets --force > /dev/null 2>&1; echo $?
0
@advance 20s
$ kubectl get job patient -o jsonpath='{.status.active} {.status.failed} {.spec.podReplacementPolicy}{"\n"}'
1  Failed
$ kubectl get pods -l job-name=patient --no-headers | awk '{print $3}' | sort
Running
! kubectl uncordon -l kubernetes.io/os=linux; kubectl delete job patient
# Every index has a limit of its own, and a rule can fail one for good.
$ kubectl apply -f - <<EOF
> apiVersion: batch/v1
> kind: Job
> metadata: {name: each}
> spec:
>   completionMode: Indexed
>   completions: 4
>   parallelism: 4
>   backoffLimitPerIndex: 1
>   podFailurePolicy:
>     rules: [{action: FailIndex, onExitCodes: {operator: In, values: [3]}}]
>   template:
>     spec:
>       restartPolicy: Never
>       containers:
>       - name: main
>         image: busybox:1.36
>         command: [sh, -c, 'echo "I am \$(hostname) with index \$JOB_COMPLETION_INDEX"; exit \$JOB_COMPLETION_INDEX']
> EOF
job.batch/each created
@advance 6s
$ kubectl get job each -o jsonpath='{.status.completedIndexes} / {.status.failedIndexes} / {.status.failed}{"\n"}'
0 / 3 / 1
$ kubectl get pods -l job-name=each -o jsonpath='{range .items[*]}{.metadata.generateName} {.spec.hostname} {.metadata.annotations.batch\.kubernetes\.io/job-index-failure-count} {.metadata.labels.batch\.kubernetes\.io/job-completion-index} {.status.phase} {.metadata.finalizers}{"\n"}{end}' | sort
each-0- each-0 0 0 Succeeded 
each-1- each-1 0 1 Failed ["batch.kubernetes.io/job-tracking"]
each-2- each-2 0 2 Failed ["batch.kubernetes.io/job-tracking"]
each-3- each-3 0 3 Failed 
@advance 20s
$ kubectl get pods -l job-name=each -o jsonpath='{range .items[*]}{.metadata.generateName} {.metadata.annotations.batch\.kubernetes\.io/job-index-failure-count}{"\n"}{end}' | sort
each-0- 0
each-1- 0
each-1- 1
each-2- 0
each-2- 1
each-3- 0
$ kubectl get job each -o jsonpath='{range .status.conditions[*]}{.type}={.status} {.reason}: {.message}{"\n"}{end}'
FailureTarget=True FailedIndexes: Job has failed indexes
Failed=True FailedIndexes: Job has failed indexes
$ kubectl get job each -o jsonpath='{.status.completedIndexes} / {.status.failedIndexes} / {.status.failed} {.status.succeeded} {.spec.backoffLimit}{"\n"}'
0 / 1-3 / 5 1 2147483647
$ kubectl logs -l batch.kubernetes.io/job-completion-index=0
I am each-0 with index 0
$ kubectl get events --field-selector involvedObject.name=each,type=Warning -o custom-columns=TYPE:.type,REASON:.reason,MESSAGE:.message --no-headers
Warning   FailedIndexes   Job has failed indexes
# With maxFailedIndexes it ends as soon as too many failed.
$ kubectl apply -f - <<EOF
> apiVersion: batch/v1
> kind: Job
> metadata: {name: some}
> spec:
>   completionMode: Indexed
>   completions: 5
>   parallelism: 5
>   backoffLimitPerIndex: 0
>   maxFailedIndexes: 1
>   template:
>     spec:
>       restartPolicy: Never
>       terminationGracePeriodSeconds: 1
>       containers: [{name: main, image: "busybox:1.36", command: [sh, -c, 'test \$JOB_COMPLETION_INDEX -ge 2 && sleep 100']}]
> EOF
job.batch/some created
@advance 10s
$ kubectl get job some -o jsonpath='{range .status.conditions[*]}{.type}={.status} {.reason}: {.message}{"\n"}{end}'
FailureTarget=True MaxFailedIndexesExceeded: Job has exceeded the specified maximal number of failed indexes
Failed=True MaxFailedIndexesExceeded: Job has exceeded the specified maximal number of failed indexes
$ kubectl get job some -o jsonpath='{.status.failedIndexes} {.status.failed} {.status.active}{"\n"}'
0,1 5 
# A success policy ends it once the leader is done; the others are stopped.
$ kubectl apply -f - <<EOF
> apiVersion: batch/v1
> kind: Job
> metadata: {name: led}
> spec:
>   completionMode: Indexed
>   completions: 3
>   parallelism: 3
>   successPolicy: {rules: [{succeededIndexes: "1-2", succeededCount: 2}, {succeededIndexes: "0"}]}
>   template:
>     spec:
>       restartPolicy: Never
>       terminationGracePeriodSeconds: 1
>       containers: [{name: main, image: "busybox:1.36", command: [sh, -c, 'sleep \$((1 + JOB_COMPLETION_INDEX * 100))']}]
> EOF
job.batch/led created
@advance 10s
$ kubectl get job led -o jsonpath='{range .status.conditions[*]}{.type}={.status} {.reason}: {.message}{"\n"}{end}'
SuccessCriteriaMet=True SuccessPolicy: Matched rules at index 1
Complete=True SuccessPolicy: Matched rules at index 1
$ kubectl get job led -o jsonpath='{.status.completedIndexes} {.status.succeeded} {.status.failed}{"\n"}'
0 1 
$ kubectl get job led --no-headers | awk '{print $2, $3}'
Complete 1/3
# A suspended job has no pods, and those it had do not count as failed.
$ kubectl create job later --image=busybox:1.36 -- sleep 20
job.batch/later created
@advance 5s
$ kubectl patch job later -p '{"spec": {"suspend": true}}'
job.batch/later patched
@advance 40s
$ kubectl get job later -o jsonpath='{.status.active} {.status.failed} {.status.startTime} {.status.conditions[0].type}={.status.conditions[0].status}{"\n"}'
   Suspended=True
$ kubectl get job later --no-headers | awk '{print $2, $3}'
Suspended 0/1
$ kubectl patch job later -p '{"spec": {"suspend": false}}'
job.batch/later patched
@advance 5s
$ kubectl get job later -o jsonpath='{.status.active} {.status.conditions[0].type}={.status.conditions[0].status} {.status.conditions[0].message}{"\n"}'
1 Suspended=False Job resumed
$ kubectl get events --field-selector involvedObject.name=later -o custom-columns=TYPE:.type,REASON:.reason,MESSAGE:.message --no-headers | sed 's/later-[a-z0-9]*/POD/' | sort | uniq -c | awk '{$1=$1; print}'
1 Normal Resumed Job resumed
2 Normal SuccessfulCreate Created pod: POD
1 Normal SuccessfulDelete Deleted pod: POD
1 Normal Suspended Job suspended
# A job that somebody else manages is left alone.
$ kubectl apply -f - <<EOF
> apiVersion: batch/v1
> kind: Job
> metadata: {name: foreign}
> spec:
>   managedBy: example.com/queue
>   template: {spec: {restartPolicy: Never, containers: [{name: main, image: "busybox:1.36", command: [date]}]}}
> EOF
job.batch/foreign created
@advance 5s
$ kubectl get job foreign -o jsonpath='{.status}{"\n"}'
{}
$ kubectl patch job foreign -p '{"spec": {"managedBy": "kubernetes.io/job-controller"}}'
The Job "foreign" is invalid: spec.managedBy: Invalid value: "kubernetes.io/job-controller": field is immutable
[exit 1]
# One that ended goes after its time with its pods.
$ kubectl apply -f - <<EOF
> apiVersion: batch/v1
> kind: Job
> metadata: {name: brief}
> spec:
>   ttlSecondsAfterFinished: 10
>   template: {spec: {restartPolicy: Never, containers: [{name: main, image: "busybox:1.36", command: [date]}]}}
> EOF
job.batch/brief created
@advance 8s
$ kubectl get job brief --no-headers | awk '{print $2}'
Complete
@advance 12s
$ kubectl get jobs,pods -l job-name=brief
No resources found in t-job-policies namespace.
