# What a command asks the server is told with -v: with 6 what was asked and answered, with 8 the bodies, which are cut.
! kubectl create configmap settings --from-literal=mode=live
$ kubectl get configmap settings --no-headers -v=6 2>&1 | grep settings | sed 's/^I[^]]*. //; s/milliseconds=[0-9]*/milliseconds=N/' | grep Response
"Response" verb="GET" url="https://127.0.0.1:6443/api/v1/namespaces/t-requests/configmaps/settings" status="200 OK" milliseconds=N
$ kubectl get configmap settings -v=7 2>&1 | sed 's/^I[^]]*. //; s/milliseconds=[0-9]*/milliseconds=N/' | grep -A4 '"Request".*settings'
"Request" verb="GET" url="https://127.0.0.1:6443/api/v1/namespaces/t-requests/configmaps/settings" headers=<
	Accept: application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json
	User-Agent: kubectl/v1.36.2 (linux/amd64) kubernetes/kubarium
 >
"Response" status="200 OK" milliseconds=N
$ kubectl patch configmap settings -p '{"data":{"a":"b"}}' -v=8 2>&1 | grep -o '"Request Body" body="{.*'
"Request Body" body="{\"data\":{\"a\":\"b\"}}"
$ kubectl get configmaps -v=8 --chunk-size=0 2>&1 | grep -o '.truncated [0-9]* chars.*' | sed 's/[0-9][0-9]*/N/'
[truncated N chars]"
$ kubectl get configmaps -v=10 2>&1 | grep -c 'truncated'
0
[exit 1]
$ kubectl get configmaps --watch --request-timeout=1s -v=8 2>&1 | grep -A30 'watch=true' | grep -o -e 'watch=true' -e '"Response Body"'
watch=true
# The address is that of the cluster that is asked.
! kubectl config set-cluster other --server=https://other.example:6443
$ kubectl get configmap settings --cluster=other -v=6 2>&1 | grep -o 'url=.*/settings"'
url="https://other.example:6443/api/v1/namespaces/t-requests/configmaps/settings"
$ kubectl get configmap settings --server=https://third.example -v=6 2>&1 | grep -o 'url=.*/settings"'
url="https://third.example/api/v1/namespaces/t-requests/configmaps/settings"
# Requests for certificates are read; of several common names the last one counts.
$ kubectl create -f - <<EOF
> apiVersion: certificates.k8s.io/v1
> kind: CertificateSigningRequest
> metadata: {name: last}
> spec:
>   signerName: kubernetes.io/kube-apiserver-client
>   usages: [client auth]
>   request: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlJQkRqQ0J1UUlCQURBdE1RNHdEQVlEVlFRRERBVm1hWEp6ZERFTk1Bc0dBMVVFQXd3RWJHRnpkREVNTUFvRwpBMVVFQ2d3RFpHVjJNRnd3RFFZSktvWklodmNOQVFFQkJRQURTd0F3U0FKQkFMMDUvOURLbVV1a2NZV0xVYzRCCkkvODl4ZkVTanZsbHZXUlRMcE1ZQi9QZFhia3V0elBqN0xCY3FBU005cC9Qcmh6UDRiQ0Rxa0VnWlRLcENQT1gKWHZrQ0F3RUFBYUFuTUNVR0NTcUdTSWIzRFFFSkRqRVlNQll3RkFZRFZSMFJCQTB3QzRJRFlTNWlod1FLQUFBQgpNQTBHQ1NxR1NJYjNEUUVCQ3dVQUEwRUFJdUwybTc5a1piamppZ3RESGF1SjVQVFJmR05LaHVlam9oSlBpeTVCCnNtSllvZFdzUnR5cDg1bWFjT3FDLzFmbkN4VDliTHdmYVRkRE5PS25RZEdOZ0E9PQotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K
> EOF
certificatesigningrequest.certificates.k8s.io/last created
$ kubectl describe csr last | grep -v CreationTimestamp
Name:               last
Labels:             <none>
Annotations:        <none>
Requesting User:    kubernetes-admin
Signer:             kubernetes.io/kube-apiserver-client
Status:             Pending
Subject:
  Common Name:    last
  Serial Number:  
  Organization:   dev
Subject Alternative Names:
         DNS Names:     a.b
         IP Addresses:  10.0.0.1
Events:  <none>
