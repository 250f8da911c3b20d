// Around latent attention: what is turned, and what is cached.

#define HALVES 0

__device__ __forceinline__ void turn(
        const bf16 *from, const float *turns, int dim, int pairing, int i, bf16 *to) {
    int half = dim / 2;
    int low = pairing == HALVES ? i : 2 * i;
    int high = pairing == HALVES ? i + half : 2 * i + 1;
    float a = to_float(from[low]), b = to_float(from[high]);
    to[low] = to_bf16(a * turns[i] - b * turns[half + i]);
    to[high] = to_bf16(b * turns[i] + a * turns[half + i]);
}

// A block for each token.
extern "C" __global__ void turn_queries(
        const bf16 *whole, int whole_stride, const float *turns, int heads, int plain, int turned,
        int rank, int pairing, bf16 *joined, int joined_stride) {
    await_previous();
    allow_next();
    long long token = blockIdx.x;
    for (int i = threadIdx.x; i < heads * turned / 2; i += blockDim.x) {
        int head = i / (turned / 2);
        turn(whole + token * whole_stride + head * (plain + turned) + plain, turns + token * turned,
                turned, pairing, i % (turned / 2),
                joined + token * joined_stride + (long long)head * (rank + turned) + rank);
    }
}

// A block for each token.
extern "C" __global__ void store_latent(
        const bf16 *projected, int stride, const float *norm, float epsilon, const float *turns,
        int turned, int rank, int pairing, const int *positions, const int *sequences,
        const int *tables, int table_width, bf16 *keys) {
    await_previous();
    allow_next();
    long long token = blockIdx.x;
    int position = positions[token];
    const bf16 *from = projected + token * stride;
    float squares = 0;
    for (int i = threadIdx.x; i < rank; i += blockDim.x) {
        squares += to_float(from[i]) * to_float(from[i]);
    }
    float scale = rsqrtf(sum_block(squares) / rank + epsilon);
    if (position < 0) {
        return;
    }
    int block = tables[(long long)sequences[token] * table_width + position / KV_TOKENS];
    bf16 *to = keys + ((u64)block * KV_TOKENS + position % KV_TOKENS) * (rank + turned);
    for (int i = threadIdx.x; i < rank; i += blockDim.x) {
        to[i] = to_bf16(to_float(from[i]) * (scale * norm[i]));
    }
    for (int i = threadIdx.x; i < turned / 2; i += blockDim.x) {
        turn(from + rank, turns + token * turned, turned, pairing, i, to + rank);
    }
}
