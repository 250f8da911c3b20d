"""The speed of Hugging Face transformers on the shape of Llama-3-8B with random bf16 weights.

Prints tokens a second of generate() for each batch, and milliseconds of a prompt of 2,048 tokens, in
the same words as GpuBench: run both on the same machine, one after the other.
"""

import json
import statistics
import sys
import time

import torch
from transformers import LlamaConfig, LlamaForCausalLM

NEW_TOKENS = 48
PROMPT = 2048


def make_model():
    config = LlamaConfig(
        vocab_size=128256,
        hidden_size=4096,
        intermediate_size=14336,
        num_hidden_layers=32,
        num_attention_heads=32,
        num_key_value_heads=8,
        max_position_embeddings=8192,
    )
    torch.set_default_dtype(torch.bfloat16)
    with torch.device("cuda"):
        return LlamaForCausalLM(config).eval()


def seconds(work):
    torch.cuda.synchronize()
    start = time.perf_counter()
    work()
    torch.cuda.synchronize()
    return time.perf_counter() - start


def generated(model, batch, context, count):
    ids = torch.randint(10, 128000, (batch, context), device="cuda")
    model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        max_new_tokens=count,
        min_new_tokens=count,
        do_sample=False,
        pad_token_id=0,
    )


@torch.inference_mode()
def main():
    batches = [int(word) for word in (sys.argv[1] if len(sys.argv) > 1 else "1,32").split(",")]
    context = int(sys.argv[2]) if len(sys.argv) > 2 else 256
    model = make_model()
    rows = []
    for batch in batches:
        generated(model, batch, context, 2)
        # The prompt is in both, and does not count.
        long = seconds(lambda: generated(model, batch, context, NEW_TOKENS + 2))
        short = seconds(lambda: generated(model, batch, context, 2))
        rate = batch * NEW_TOKENS / (long - short)
        rows.append({"work": "decode", "tokens": batch, "tokensPerSecond": rate})
        print(f"transformers decode batch {batch}: {rate:.1f} tokens/s")
    ids = torch.randint(10, 128000, (1, PROMPT), device="cuda")
    times = [seconds(lambda: model(ids, logits_to_keep=1)) for _ in range(6)][2:]
    millis = statistics.median(times) * 1e3
    rows.append({"work": "prefill", "tokens": PROMPT, "ms": millis})
    print(f"transformers prefill of {PROMPT}: {millis:.2f} ms")
    print(json.dumps({"peer": "transformers", "device": torch.cuda.get_device_name(), "rows": rows}))


if __name__ == "__main__":
    main()
