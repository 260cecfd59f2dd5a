# Secrets of the type kubernetes.io/service-account-token are filled, and go with their accounts.
$ kubectl create serviceaccount bob
serviceaccount/bob created
$ cat > secrets.yaml <<'EOF'
> apiVersion: v1
> kind: Secret
> metadata:
>   name: bob-token
>   annotations:
>     kubernetes.io/service-account.name: bob
> type: kubernetes.io/service-account-token
> ---
> apiVersion: v1
> kind: Secret
> metadata:
>   name: nobodys-token
>   annotations:
>     kubernetes.io/service-account.name: nobody
> type: kubernetes.io/service-account-token
> EOF
$ kubectl create -f secrets.yaml
secret/bob-token created
secret/nobodys-token created
$ sleep 1; kubectl get secrets
NAME        TYPE                                  DATA   AGE
bob-token   kubernetes.io/service-account-token   2      1s
$ kubectl get secret bob-token -o jsonpath='{.data.token}' | base64 -d | cut -d. -f2 | base64 -d 2>/dev/null | grep -o '"sub":"[^"]*"'
"sub":"system:serviceaccount:t-service-account-tokens:bob"
$ kubectl delete serviceaccount bob
serviceaccount "bob" deleted from t-service-account-tokens namespace
$ sleep 1; kubectl get secrets
No resources found in t-service-account-tokens namespace.
# Bootstrap tokens go once they have expired.
$ kubectl create secret generic bootstrap-token-abcdef -n kube-system --type=bootstrap.kubernetes.io/token --from-literal=token-id=abcdef --from-literal=token-secret=0123456789abcdef --from-literal=expiration=2020-01-01T00:00:00Z
secret/bootstrap-token-abcdef created
$ sleep 1; kubectl get secret bootstrap-token-abcdef -n kube-system
Error from server (NotFound): secrets "bootstrap-token-abcdef" not found
[exit 1]
