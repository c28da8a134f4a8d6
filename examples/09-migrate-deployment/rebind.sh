#!/usr/bin/env bash
# rebind.sh: gives the volume of one claim to a claim of another name, without a copy. The volume is set to Retain before
# anything is deleted, and stays so. It may be killed at any moment and run again with the same arguments.
# usage: rebind.sh NAMESPACE OLD-CLAIM NEW-CLAIM
# Needs kubectl, and the rights to change PersistentVolumes. Exit status: 0 the new claim is bound; 1 refused or failed.
set -euo pipefail

main() {
  NAMESPACE=$1 OLD=$2 NEW=$3
  find_volume
  if [[ $(volume '{.spec.claimRef.name}') != "$NEW" ]]; then
    refuse_users
    step 'keeps the volume whatever happens to its claim'
    kubectl patch pv "$VOLUME" --type=merge --patch='{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}' >/dev/null
    # found again by this when the old claim is gone
    kubectl annotate pv "$VOLUME" --overwrite "cdk8s-postgres/rebind=$NAMESPACE.$OLD.$NEW" >/dev/null
    step "deletes the claim $OLD, not the volume"
    kubectl --namespace "$NAMESPACE" delete pvc "$OLD" --ignore-not-found >/dev/null
    step "reserves the volume for the claim $NEW"
    kubectl patch pv "$VOLUME" --type=json --patch="$(reservation)" >/dev/null
  fi
  step "makes the claim $NEW"
  new_claim | kubectl --namespace "$NAMESPACE" apply -f - >/dev/null
  kubectl --namespace "$NAMESPACE" wait --for=jsonpath='{.status.phase}'=Bound --timeout=120s "pvc/$NEW" >/dev/null
  step "is bound to the claim $NEW"
}

step() { printf 'rebind: %s: %s\n' "$VOLUME" "$1"; }

fail() {
  printf 'rebind: %s\n' "$1" >&2
  exit 1
}

volume() { kubectl get pv "$VOLUME" --output=jsonpath="$1"; }

# find_volume: by the old claim, or by what an earlier run has written down.
find_volume() {
  local phase
  phase=$(kubectl --namespace "$NAMESPACE" get pvc "$OLD" --ignore-not-found --output=jsonpath='{.status.phase}')
  if [[ $phase ]]; then
    [[ $phase == Bound ]] || fail "the claim $OLD is $phase, not Bound"
    [[ -z $(kubectl --namespace "$NAMESPACE" get pvc "$NEW" --ignore-not-found --output=name) ]] ||
      fail "the claim $NEW is there already: it would be a second volume; delete it if it holds nothing"
    VOLUME=$(kubectl --namespace "$NAMESPACE" get pvc "$OLD" --output=jsonpath='{.spec.volumeName}')
  else
    VOLUME=$(kubectl get pv --output=jsonpath='{range .items[*]}{.metadata.name}{" "}{.metadata.annotations.cdk8s-postgres/rebind}{"\n"}{end}' |
      while read -r name mark; do [[ $mark != "$NAMESPACE.$OLD.$NEW" ]] || printf '%s' "$name"; done)
    [[ $VOLUME ]] || fail "there is no claim $OLD in $NAMESPACE, and no volume that was on its way to $NEW"
  fi
}

# refuse_users: a claim that is deleted while a pod uses it stays, and the volume with it, until the pod goes.
refuse_users() {
  local users
  users=$(kubectl --namespace "$NAMESPACE" get pods \
    --output=jsonpath='{range .items[*]}{.metadata.name}{" "}{.spec.volumes[*].persistentVolumeClaim.claimName}{"\n"}{end}' |
    while read -r pod claims; do [[ " $claims " != *" $OLD "* ]] || printf '%s ' "$pod"; done)
  [[ -z $users ]] || fail "the claim $OLD is in use by ${users% }: scale its Deployment to 0 and wait until the pod is gone"
}

# reservation: for a claim of that name, whoever makes it; the identifier of the old one would keep every other away.
reservation() {
  printf '[{"op":"replace","path":"/spec/claimRef","value":{"apiVersion":"v1","kind":"PersistentVolumeClaim","namespace":"%s","name":"%s"}}]' \
    "$NAMESPACE" "$NEW"
}

# new_claim: as the volume is, with the labels that the StatefulSet gives to its claims.
new_claim() {
  cat <<YAML
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: $NEW
  labels: {cdk8s-postgres/cluster: $(database), cdk8s-postgres/component: server}
spec:
  accessModes: $(volume '{.spec.accessModes}')
  storageClassName: "$(volume '{.spec.storageClassName}')"
  volumeName: $VOLUME
  resources: {requests: {storage: "$(volume '{.spec.capacity.storage}')"}}
YAML
}

# database: data-NAME-0 is the claim of the database NAME.
database() {
  local name=${NEW#data-}
  printf '%s' "${name%-0}"
}

(($# == 3)) || { printf 'usage: %s NAMESPACE OLD-CLAIM NEW-CLAIM\n' "$0" >&2 && exit 1; }
main "$@"
exit
