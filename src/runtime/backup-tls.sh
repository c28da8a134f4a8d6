#!/usr/bin/env bash
#
# How a Job checks the server that it talks to. Sourced by backup.sh.

readonly authority_file=$CONFIGURATION/tls/ca.crt

# use_tls: the folder is there where the server's connections are encrypted. Without an authority the server's certificate cannot
# be checked; the password is safe all the same, SCRAM never sends it.
use_tls() {
  [[ -d ${authority_file%/*} ]] || return 0
  if [[ -s $authority_file ]]; then
    export PGSSLMODE=verify-full PGSSLROOTCERT=$authority_file
  else
    export PGSSLMODE=require
    log 'the connection is encrypted, but the server is not checked: the Secret with its certificate has no ca.crt'
  fi
}
