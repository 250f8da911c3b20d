#!/usr/bin/env bash
# Checks and measures the engine on a machine with an NVIDIA GPU that has neither Java nor a build.
#
#   run.sh pack FOLDER [FIXTURES]   here: builds, and puts all that travels into FOLDER (about 30 MB):
#                                   classes, libraries, a run-time of Java, FIXTURES (golden models)
#   run.sh golden FOLDER [DEVICE]   there: golden logits of every model, one table
#   run.sh bench FOLDER [ARGS]      there: the speed of a published shape, see GpuBench
#   run.sh pipeline FOLDER ARGS     there: the speed of a shape over several devices, see PipelineBench
#   run.sh test FOLDER              there: the tests that wait for a GPU
#   run.sh java FOLDER ARGS         there: any class of the engine or its tests
#
# There, the libraries NVRTC and cuBLASLt are looked for where a CUDA toolkit has them, and in the
# packages of a python3 that has PyTorch; ASSAY_CUDA_LIBRARIES names other folders. The reference
# model is taken from the checkout around this script, or from ASSAY_REFERENCE_MODEL.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
home=$(cd "$here/../../../.." && pwd)
module=$home/gpu-node-agent/engine
modules=java.base,java.logging,java.management,jdk.incubator.vector,jdk.unsupported

pack() {
  local to=$1 fixtures=${2:-} jdk classpath jar console version
  jdk=${JAVA_HOME:-$("$home/mvnw" --print-java-home)}
  rm -rf "$to"
  mkdir -p "$to/lib"
  if [ -z "${ASSAY_SKIP_BUILD:-}" ]; then
    (cd "$home" && ./mvnw -q -B -DskipTests -pl gpu-node-agent/engine -am package dependency:build-classpath \
      -Dmdep.outputFile=target/gpu-check.classpath -Dmdep.includeScope=test)
  fi
  console=org.junit.platform:junit-platform-console-standalone
  version=$(grep -o 'junit-platform-commons-[0-9.]*[0-9]' "$module/target/gpu-check.classpath" | head -n 1)
  (cd "$home" && ./mvnw -q -B dependency:copy -Dartifact="$console:${version##*-}" -DoutputDirectory="$to/lib") ||
    printf 'run.sh: without %s, so without the tests\n' "$console" >&2
  classpath=$(cat "$module/target/gpu-check.classpath")
  for jar in ${classpath//:/ }; do
    case ${jar##*/} in
      jackson-*.jar | jspecify-*.jar | assertj-core-*.jar) cp "$jar" "$to/lib/" ;;
    esac
  done
  tar -C "$module/target" -cf - classes test-classes | xz -T0 -6 >"$to/classes.tar.xz"
  "$jdk/bin/jlink" --add-modules "$modules" --strip-debug --no-man-pages --no-header-files --output "$to/java"
  tar -C "$to" -cf - java | xz -T0 -9 >"$to/java.tar.xz"
  rm -rf "$to/java"
  if [ -n "$fixtures" ]; then
    tar -C "$fixtures" --exclude=pytorch_model.bin -cf - . | xz -T0 -9 >"$to/fixtures.tar.xz"
  fi
  git -C "$home" rev-parse --short HEAD >"$to/commit"
  cp "$0" "$to/run.sh"
  du -sh "$to"
}

# unpack FOLDER -> work=..., where everything stands
unpack() {
  local from
  from=$(cd "$1" && pwd)
  work=${ASSAY_GPU_WORK:-/tmp/assay-gpu-check}
  commit=$(cat "$from/commit")
  if [ ! -d "$work/java" ]; then
    mkdir -p "$work/fixtures"
    tar -C "$work" -xJf "$from/java.tar.xz"
    if [ -f "$from/fixtures.tar.xz" ]; then tar -C "$work/fixtures" -xJf "$from/fixtures.tar.xz"; fi
  fi
  rm -rf "$work/classes" "$work/test-classes"
  tar -C "$work" -xJf "$from/classes.tar.xz"
  libraries=$from/lib
  reference=${ASSAY_REFERENCE_MODEL:-$home/deploy/standalone/reference-model}
  if [ -z "${ASSAY_CUDA_LIBRARIES:-}" ] && command -v python3 >/dev/null; then
    # Folders that hold nvidia/.../lib, one after the other.
    ASSAY_CUDA_LIBRARIES=$(python3 -c 'import site, sys
print(":".join(dict.fromkeys(site.getsitepackages() + [p for p in sys.path if p.endswith("-packages")])))' || true)
    export ASSAY_CUDA_LIBRARIES
  fi
  export ASSAY_CUBIN_CACHE=${ASSAY_CUBIN_CACHE:-$work/cubins}
}

run_java() {
  "$work/java/bin/java" -Xmx4g --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED \
    -Dassay.reference.model="$reference" -Dassay.commit="$commit" \
    -cp "$work/classes:$work/test-classes:$libraries/*" "$@" 2> >(grep -v 'incubator modules' >&2)
}

case ${1-} in
  pack) shift; pack "$@" ;;
  golden) unpack "$2"; run_java assay.engine.gpu.GpuCheck "$work/fixtures" "${3:-cuda}" "$commit" ;;
  bench) unpack "$2"; shift 2; run_java assay.engine.gpu.GpuBench "$@" ;;
  pipeline) unpack "$2"; shift 2; run_java assay.engine.gpu.PipelineBench "$@" ;;
  test) unpack "$2"; run_java org.junit.platform.console.ConsoleLauncher execute --disable-banner \
    --details=tree --details-theme=ascii --include-tag=gpu -p assay.engine.kernel.cuda -p assay.engine.gpu -p assay.engine.stage.cuda ;;
  java) unpack "$2"; shift 2; run_java "$@" ;;
  *) sed -n '2,14s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
