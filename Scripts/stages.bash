# Sourced by the scripts beside it: names each stage, and says how long it took.

stage_name=
stage_start=

# stage NAME: ends the stage before and begins this one.
stage() {
  end_stage
  stage_name=$1
  stage_start=$SECONDS
  printf '\n== %s\n' "$stage_name"
}

end_stage() {
  [ -z "$stage_name" ] || printf '== %s: done in %d s\n' "$stage_name" $((SECONDS - stage_start))
  stage_name=
}

# For `trap ... EXIT`: names the stage that a failure ended.
report_failure() {
  local status=$?
  if [ $status -ne 0 ] && [ -n "$stage_name" ]; then
    printf '\n== %s: FAILED (exit code %d) after %d s\n' "$stage_name" $status $((SECONDS - stage_start)) >&2
  fi
  return $status
}

need_swift() {
  command -v swift >/dev/null && return
  echo "Swift is not installed, or not on the PATH: see https://www.swift.org/install (6.2 or later)." >&2
  exit 1
}
