// llama.cpp as node-llama-cpp brings it, as a contender: loads a model, prints "ready", and answers
// each line of its input with tokens a second. Batches go straight to llama_decode.
//
// Arguments: the folder with node_modules, the model, threads, prompt tokens, sequences, steps.
import {createInterface} from "node:readline";
import {createRequire} from "node:module";
import {pathToFileURL} from "node:url";

const [folder, path, ...numbers] = process.argv.slice(2);
const [threads, promptTokens, sequences, steps] = numbers.map(Number);
const entry = createRequire(folder + "/package.json").resolve("node-llama-cpp");
const {getLlama, LlamaLogLevel} = await import(pathToFileURL(entry).href);
const llama = await getLlama({gpu: false, build: "never", maxThreads: threads, logLevel: LlamaLogLevel.error, progressLogs: false});
process.stderr.write(llama.systemInfo + "\n");
const model = await llama.loadModel({modelPath: path, gpuLayers: 0});

async function context(count) {
  const made = new llama._bindings.AddonContext(model._model, {
    contextSize: count * (promptTokens / count + 2 * steps + 16), batchSize: promptTokens, sequences: count, threads, flashAttention: false});
  await made.init();
  return made;
}
const contexts = {1: await context(1), [sequences]: await context(sequences)};

const ids = (sequence, count) => Uint32Array.from({length: count}, (_, i) => (i * 7919 + sequence * 31) % 30000 + 300);

async function prefill(count) {
  const ctx = contexts[count];
  const each = promptTokens / count;
  for (let s = 0; s < count; s++) ctx.disposeSequence(s);
  const begin = performance.now();
  ctx.initBatch(promptTokens);
  for (let s = 0; s < count; s++) ctx.addToBatch(s, 0, ids(s, each), Uint32Array.of(each - 1));
  await ctx.decodeBatch();
  return promptTokens * 1000 / (performance.now() - begin);
}

async function decode(count) {
  await prefill(count);
  const ctx = contexts[count];
  let begin = 0;
  for (let step = 0; step <= steps; step++) {
    // The first step warms up.
    if (step === 1) begin = performance.now();
    ctx.initBatch(count);
    for (let s = 0; s < count; s++) ctx.addToBatch(s, promptTokens / count + step, ids(step * 64 + s, 1), Uint32Array.of(0));
    await ctx.decodeBatch();
  }
  return count * steps * 1000 / (performance.now() - begin);
}

console.log("ready");
for await (const line of createInterface({input: process.stdin})) {
  const [what, count] = line.split("_");
  console.log(what === "prefill" ? await prefill(Number(count)) : await decode(Number(count)));
}
process.exit(0);
