# shellcheck shell=bash
# role-files.sh: by which files the supervisor, what prepares the server, the agent and a switchover tell each other about the role. Each is
# replaced as a whole. Sourced by all of them.
# shellcheck disable=SC2034 # not every program uses every one

# `primary`, or `standby` and the ordinal that it follows; the probe reads it, too.
readonly ROLE_FILE=$PRIVATE/role
# What the server's configuration includes as its last file. Never in the data directory: a copy would take it along.
readonly STANDBY_FILE=$PRIVATE/standby.conf
# What is configured for the settings that a standby must not undercut, and what the server was started with.
readonly CONFIGURED_FILE=$PRIVATE/configured FLOORS_FILE=$PRIVATE/floors
# How the replication goes, as the agent of a standby saw it last: when, and what keeps this pod from being ready.
readonly REPLICATION_FILE=$PRIVATE/replication
# What keeps the transactions of a primary from ending, as its agent saw it last.
readonly COMMITS_FILE=$PRIVATE/commits
# With the reason: the supervisor stops the server and settles its role anew.
readonly AGAIN_FILE=$PRIVATE/decide-again
# Where the replication stood still all the same: the position from which on this copy lacks WAL.
readonly STUCK_FILE=$PRIVATE/stuck
# What a switchover waits for.
readonly SWITCHOVER_FILE=$PRIVATE/switchover
# The server is to be stopped in favour of that pod; it has stopped, and comes back as a standby with nothing left to decide; the pod that it
# follows then is about to become the primary.
readonly STEP_DOWN_FILE=$PRIVATE/step-down RETURN_FILE=$PRIVATE/returns HURRY_FILE=$PRIVATE/hurry
# This standby was started while no primary was to be seen.
readonly ALONE_FILE=$PRIVATE/alone
# Which pod was declared when another one had this one fenced.
readonly FENCED_FILE=$PRIVATE/fenced
# The server has been told to promote itself.
readonly PROMOTING_FILE=$PRIVATE/promoting
# On the volume of the pod that was the primary last: the timeline that it has all of (hand-over.sh).
readonly STEPPED_DOWN_FILE=$VOLUME/.stepped-down
# Beside it, of a pod that promotes itself: the timeline that it ends by that.
readonly CLAIMED_FILE=$VOLUME/.claimed

# replace FILE TEXT: as a whole, or not at all where the file system is full, also without `set -e`.
replace() { printf '%s' "$2" >"$1.$BASHPID" && mv -f "$1.$BASHPID" "$1"; }
