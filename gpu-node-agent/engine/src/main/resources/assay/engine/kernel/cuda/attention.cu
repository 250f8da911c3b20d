// Attention over the paged cache: keys (block, head, 16, keyDim), values (block, head, 16,
// valueDim).

#define HALVES 0
#define LOG2E 1.44269504088896f
#define NONE (-1e30f)  // below any score, yet its difference to itself is 0

__device__ __forceinline__ float power_of_two(float x) {
    float result;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(result) : "f"(x));
    return result;
}

struct Places {
    const int *positions;
    const int *sequences;
    const int *tables;
    int table_width;
};

struct Cache {
    const bf16 *keys;
    const bf16 *values;  // 0: the first part of the keys
    int heads, key_dim, value_dim;
    int query_heads;
};

__device__ __forceinline__ u64 key_place(const Cache &c, int block, int head, int slot) {
    return (((u64)block * c.heads + head) * KV_TOKENS + slot) * c.key_dim;
}

__device__ __forceinline__ const bf16 *value_at(const Cache &c, int block, int head, int slot) {
    if (!c.values) {
        return c.keys + key_place(c, block, head, slot);
    }
    return c.values + (((u64)block * c.heads + head) * KV_TOKENS + slot) * c.value_dim;
}

__device__ __forceinline__ int first_seen(int position, int window) {
    return window == 0 ? 0 : max(0, position - window + 1);
}

// A block for each token (x) and its warps' heads (y): queries, then keys, then values.
extern "C" __global__ void prepare_heads(
        bf16 *projected, int stride, const float *query_norm, const float *key_norm, float epsilon,
        int pairing, const float *turns, Places p, Cache c) {
    await_previous();
    allow_next();
    int token = blockIdx.x;
    int head = blockIdx.y * (blockDim.x / WARP) + threadIdx.x / WARP;
    int lane = threadIdx.x % WARP;
    int dim = c.key_dim;
    int half = dim / 2;
    int heads = c.query_heads;
    int position = p.positions[token];
    if (head >= heads + 2 * c.heads) {
        return;
    }
    bf16 *row = projected + (long long)token * stride + head * dim;
    bf16 *to = row;
    if (head >= heads) {
        if (position < 0) {
            return;
        }
        int kv_head = (head - heads) % c.heads;
        int block = p.tables[(long long)p.sequences[token] * p.table_width + position / KV_TOKENS];
        int slot = position % KV_TOKENS;
        to = head < heads + c.heads
                ? (bf16 *)c.keys + key_place(c, block, kv_head, slot)
                : (bf16 *)value_at(c, block, kv_head, slot);
        if (head >= heads + c.heads) {
            for (int i = lane; i < dim; i += WARP) {
                to[i] = row[i];
            }
            return;
        }
    }
    const float *norm = head < heads ? query_norm : key_norm;
    float scale = 1;
    if (norm) {
        float squares = 0;
        for (int i = lane; i < dim; i += WARP) {
            squares += to_float(row[i]) * to_float(row[i]);
        }
        scale = rsqrtf(sum_warp(squares) / dim + epsilon);
    }
    const float *turn = turns + (long long)token * dim;
    for (int i = lane; i < half; i += WARP) {
        int low = pairing == HALVES ? i : 2 * i;
        int high = pairing == HALVES ? i + half : 2 * i + 1;
        float a = to_float(row[low]) * (norm ? scale * norm[low] : 1);
        float b = to_float(row[high]) * (norm ? scale * norm[high] : 1);
        to[low] = to_bf16(a * turn[i] - b * turn[half + i]);
        to[high] = to_bf16(b * turn[i] + a * turn[half + i]);
    }
}

#define PLAIN_WARPS 4
#define LANE_DIMS 18

// Any sizes up to 576: a block for each token (x) and query head (y). Its warps share out the
// positions; a lane has each 32nd element.
extern "C" __global__ void attend_plain(
        const bf16 *queries, int query_stride, Places p, Cache c, float scale, int window,
        bf16 *out, int out_stride) {
    await_previous();
    allow_next();
    __shared__ float largest[PLAIN_WARPS], sums[PLAIN_WARPS], outs[PLAIN_WARPS][LANE_DIMS * WARP];
    int token = blockIdx.x;
    int head = blockIdx.y;
    int warp = threadIdx.x / WARP;
    int lane = threadIdx.x % WARP;
    int position = p.positions[token];
    int kv_head = head / (c.query_heads / c.heads);
    const int *table = p.tables + (long long)p.sequences[token] * p.table_width;
    const bf16 *query = queries + (long long)token * query_stride + head * c.key_dim;
    float q[LANE_DIMS], o[LANE_DIMS];
#pragma unroll
    for (int i = 0; i < LANE_DIMS; i++) {
        int at = i * WARP + lane;
        q[i] = at < c.key_dim ? to_float(query[at]) * scale : 0;
        o[i] = 0;
    }
    float most = NONE, sum = 0;
    for (int at = first_seen(position, window) + warp; at <= position; at += PLAIN_WARPS) {
        int block = table[at / KV_TOKENS];
        const bf16 *key = c.keys + key_place(c, block, kv_head, at % KV_TOKENS);
        const bf16 *value = value_at(c, block, kv_head, at % KV_TOKENS);
        float score = 0;
#pragma unroll
        for (int i = 0; i < LANE_DIMS; i++) {
            int d = i * WARP + lane;
            score += d < c.key_dim ? q[i] * to_float(key[d]) : 0;
        }
        score = sum_warp(score);
        float next = fmaxf(most, score);
        float fade = __expf(most - next);
        float share = __expf(score - next);
        most = next;
        sum = sum * fade + share;
#pragma unroll
        for (int i = 0; i < LANE_DIMS; i++) {
            int d = i * WARP + lane;
            o[i] = o[i] * fade + (d < c.value_dim ? share * to_float(value[d]) : 0);
        }
    }
#pragma unroll
    for (int i = 0; i < LANE_DIMS; i++) {
        outs[warp][i * WARP + lane] = o[i];
    }
    if (lane == 0) {
        largest[warp] = most;
        sums[warp] = sum;
    }
    __syncthreads();
    float all = NONE;
    for (int w = 0; w < PLAIN_WARPS; w++) {
        all = fmaxf(all, largest[w]);
    }
    for (int d = threadIdx.x; d < c.value_dim; d += blockDim.x) {
        float total = 0, outcome = 0;
        for (int w = 0; w < PLAIN_WARPS; w++) {
            float fade = __expf(largest[w] - all);
            total += sums[w] * fade;
            outcome += outs[w][d] * fade;
        }
        out[(long long)token * out_stride + head * c.value_dim + d] =
                to_bf16(total > 0 ? outcome / total : 0);
    }
}

__device__ __forceinline__ uint4 load_or_zero(const bf16 *row, int at, int dim) {
    return at < dim ? *(const uint4 *)(row + at) : make_uint4(0, 0, 0, 0);
}

// Of the four lanes that have parts of the same row.
__device__ __forceinline__ float max_four(float v) {
    v = fmaxf(v, __shfl_xor_sync(ALL, v, 1));
    return fmaxf(v, __shfl_xor_sync(ALL, v, 2));
}

__device__ __forceinline__ float sum_four(float v) {
    v += __shfl_xor_sync(ALL, v, 1);
    return v + __shfl_xor_sync(ALL, v, 2);
}

#define DECODE_WARPS 4
#define GROUP_HEADS 16
#define LEAST_BLOCKS 16  // what a split saves below is less than what adding splits costs
#define MOST_SPLITS 32

// Splits of each outcome that have come: all 0 between launches.
__device__ int arrivals[65536];

// One token for itself. A block for each split of the sequence (x), sixteen query heads of a
// key/value head (y), and token (z); its warps take every fourth cache block. Query heads are the
// rows of the tensor cores' tiles. Elements of a head are taken in an order in which a lane's are
// side by side: that of keys is the same as the queries', that of values is undone by where sums
// are put. Sums of splits meet in the workspace, and the last block to come adds them in their
// order.
template <int DIM>
__device__ void attend_decode(
        const bf16 *queries, int query_stride, const Places &p, const Cache &c,
        float scale, int window, bf16 *out, int out_stride, float *partial) {
    extern __shared__ float shared[];
    const int CHUNKS = DIM / 32;
    const int WIDE = DIM / 64;
    float(*outs)[GROUP_HEADS][DIM] = (float(*)[GROUP_HEADS][DIM])shared;
    float(*largest)[GROUP_HEADS] =
            (float(*)[GROUP_HEADS])(shared + DECODE_WARPS * GROUP_HEADS * DIM);
    float(*sums)[GROUP_HEADS] = largest + DECODE_WARPS;
    await_previous();
    allow_next();
    int warp = threadIdx.x / WARP;
    int g = threadIdx.x % WARP / 4;
    int t = threadIdx.x % 4;
    int token = blockIdx.z;
    int group = c.query_heads / c.heads;
    int tiles = (group + GROUP_HEADS - 1) / GROUP_HEADS;
    int kv_head = blockIdx.y / tiles;
    int in_group = blockIdx.y % tiles * GROUP_HEADS;
    int first_head = kv_head * group + in_group;
    int rows = min(group - in_group, GROUP_HEADS);
    int position = p.positions[token];
    int first = first_seen(position, window);
    int first_block = first / KV_TOKENS;
    int blocks = position < 0 ? 0 : position / KV_TOKENS + 1 - first_block;
    int each = max((blocks + gridDim.x - 1) / (int)gridDim.x, LEAST_BLOCKS);
    int splits = max((blocks + each - 1) / each, 1);
    int split = blockIdx.x;
    if (split >= splits) {
        return;
    }
    const int *table = p.tables + (long long)p.sequences[token] * p.table_width + first_block;

    const bf16 *query =
            queries + (long long)token * query_stride + (long long)first_head * c.key_dim;
    uint4 q[CHUNKS][2];
#pragma unroll
    for (int i = 0; i < CHUNKS; i++) {
#pragma unroll
        for (int half = 0; half < 2; half++) {
            int row = g + 8 * half;
            q[i][half] = row < rows
                    ? load_or_zero(query + row * c.key_dim, i * 32 + t * 8, c.key_dim)
                    : make_uint4(0, 0, 0, 0);
        }
    }
    float o[WIDE * 8][4] = {};
    float most[2] = {NONE, NONE};
    float sum[2] = {0, 0};
    scale *= LOG2E;
    int end = min(blocks, (split + 1) * each);
    int begin = split * each + warp;
    int next_block = begin < end ? table[begin] : 0;
    for (int b = begin; b < end; b += DECODE_WARPS) {
        int block = next_block;
        if (b + DECODE_WARPS < end) {
            next_block = table[b + DECODE_WARPS];
        }
        const bf16 *key = c.keys + key_place(c, block, kv_head, g);
        uint4 k[CHUNKS][2];
#pragma unroll
        for (int i = 0; i < CHUNKS; i++) {
            k[i][0] = load_or_zero(key, i * 32 + t * 8, c.key_dim);
            k[i][1] = load_or_zero(key + 8 * c.key_dim, i * 32 + t * 8, c.key_dim);
        }
        uint4 v[WIDE][4];
#pragma unroll
        for (int i = 0; i < 4; i++) {
            const bf16 *value = value_at(c, block, kv_head, t * 2 + i % 2 + i / 2 * 8);
#pragma unroll
            for (int w = 0; w < WIDE; w++) {
                v[w][i] = load_or_zero(value, w * 64 + g * 8, c.value_dim);
            }
        }
        float s[2][4] = {};
#pragma unroll
        for (int i = 0; i < CHUNKS; i++) {
#pragma unroll
            for (int n = 0; n < 2; n++) {
                multiply_tile(
                        s[n], q[i][0].x, q[i][1].x, q[i][0].y, q[i][1].y, k[i][n].x, k[i][n].y);
                multiply_tile(
                        s[n], q[i][0].z, q[i][1].z, q[i][0].w, q[i][1].w, k[i][n].z, k[i][n].w);
            }
        }
        int at = (first_block + b) * KV_TOKENS + t * 2;
        float row_most[2] = {most[0], most[1]};
#pragma unroll
        for (int n = 0; n < 2; n++) {
#pragma unroll
            for (int i = 0; i < 4; i++) {
                int seen = at + n * 8 + i % 2;
                s[n][i] = seen >= first && seen <= position ? s[n][i] : NONE;
                row_most[i / 2] = fmaxf(row_most[i / 2], s[n][i]);
            }
        }
        float fade[2];
#pragma unroll
        for (int r = 0; r < 2; r++) {
            row_most[r] = max_four(row_most[r]);
            fade[r] = power_of_two((most[r] - row_most[r]) * scale);
            most[r] = row_most[r];
            sum[r] *= fade[r];
        }
#pragma unroll
        for (int n = 0; n < 2; n++) {
#pragma unroll
            for (int i = 0; i < 4; i++) {
                s[n][i] = power_of_two(s[n][i] * scale - most[i / 2] * scale);
                sum[i / 2] += s[n][i];
            }
        }
        u32 a0 = to_pair(s[0][0], s[0][1]), a1 = to_pair(s[0][2], s[0][3]);
        u32 a2 = to_pair(s[1][0], s[1][1]), a3 = to_pair(s[1][2], s[1][3]);
#pragma unroll
        for (int w = 0; w < WIDE; w++) {
#pragma unroll
            for (int i = 0; i < 8; i++) {
                float *to = o[w * 8 + i];
                to[0] *= fade[0], to[1] *= fade[0], to[2] *= fade[1], to[3] *= fade[1];
                u32 pick = i % 2 ? 0x7632 : 0x5410;
                u32 b0 = __byte_perm(word(v[w][0], i / 2), word(v[w][1], i / 2), pick);
                u32 b1 = __byte_perm(word(v[w][2], i / 2), word(v[w][3], i / 2), pick);
                multiply_tile(to, a0, a1, a2, a3, b0, b1);
            }
        }
    }
#pragma unroll
    for (int r = 0; r < 2; r++) {
        float total = sum_four(sum[r]);
        if (t == 0) {
            largest[warp][g + 8 * r] = most[r];
            sums[warp][g + 8 * r] = total;
        }
#pragma unroll
        for (int i = 0; i < WIDE * 8; i++) {
            float *row = outs[warp][g + 8 * r] + i / 8 * 64 + t * 16 + i % 8;
            row[0] = o[i][2 * r];
            row[8] = o[i][2 * r + 1];
        }
    }
    __syncthreads();
    // The warps' outcomes as one; then the splits'.
    __shared__ float fades[GROUP_HEADS][MOST_SPLITS + 1];
    long long place = (long long)token * gridDim.y + blockIdx.y;
    const int PART = GROUP_HEADS * (DIM + 2);
    float *parts = partial + place * gridDim.x * PART;
    float *mine = parts + split * PART;
    bf16 *to = out + (long long)token * out_stride + (long long)first_head * c.value_dim;
    if (threadIdx.x < rows) {
        int row = threadIdx.x;
        float all = NONE, total = 0;
        for (int w = 0; w < DECODE_WARPS; w++) {
            all = fmaxf(all, largest[w][row]);
        }
        for (int w = 0; w < DECODE_WARPS; w++) {
            float fade = power_of_two((largest[w][row] - all) * scale);
            fades[row][w] = fade;
            total += sums[w][row] * fade;
        }
        fades[row][DECODE_WARPS] = splits > 1 ? 1 : total > 0 ? 1 / total : 0;
        if (splits > 1) {
            mine[row * (DIM + 2) + DIM] = all;
            mine[row * (DIM + 2) + DIM + 1] = total;
        }
    }
    __syncthreads();
    for (int i = threadIdx.x; i < rows * DIM; i += DECODE_WARPS * WARP) {
        int row = i / DIM, d = i % DIM;
        float outcome = 0;
#pragma unroll
        for (int w = 0; w < DECODE_WARPS; w++) {
            outcome += outs[w][row][d] * fades[row][w];
        }
        outcome *= fades[row][DECODE_WARPS];
        if (splits > 1) {
            mine[row * (DIM + 2) + d] = outcome;
        } else if (d < c.value_dim) {
            to[row * c.value_dim + d] = to_bf16(outcome);
        }
    }
    if (splits == 1) {
        return;
    }
    __shared__ bool last;
    __threadfence();
    __syncthreads();
    if (threadIdx.x == 0) {
        last = atomicAdd(arrivals + place, 1) == splits - 1;
        if (last) {
            arrivals[place] = 0;
        }
    }
    __syncthreads();
    if (!last) {
        return;
    }
    __threadfence();
    // A warp for some rows, a lane for each split.
    for (int row = warp; row < rows; row += DECODE_WARPS) {
        int k = threadIdx.x % WARP;
        const float *at = parts + k * PART + row * (DIM + 2) + DIM;
        float most_k = k < splits ? __ldcg(at) : NONE;
        float sum_k = k < splits ? __ldcg(at + 1) : 0;
        float fade = power_of_two((most_k - max_warp(most_k)) * scale);
        fades[row][k] = fade / sum_warp(sum_k * fade);
    }
    __syncthreads();
    for (int i = threadIdx.x; i < rows * c.value_dim; i += DECODE_WARPS * WARP) {
        int row = i / c.value_dim, d = i % c.value_dim;
        const float *at = parts + row * (DIM + 2) + d;
        float outcome = 0;
#pragma unroll 8
        for (int k = 0; k < splits; k++) {
            outcome += __ldcg(at + k * PART) * fades[row][k];
        }
        to[i] = to_bf16(outcome);
    }
}

#define DECODE(DIM)                                                                            \
    extern "C" __global__ void __launch_bounds__(DECODE_WARPS *WARP) attend_decode_##DIM(      \
            const bf16 *queries, int query_stride, Places p, Cache c, float scale,  \
            int window, bf16 *out, int out_stride, float *partial) {                           \
        attend_decode<DIM>(queries, query_stride, p, c, scale, window, out, out_stride, \
                partial);                                                            \
    }

DECODE(64)
DECODE(128)
DECODE(256)

#define TILE 64
#define PREFILL_WARPS 4

__device__ __forceinline__ void load_tiles(u32 *r, const bf16 *row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
                 : "r"(shared_at(row)));
}

__device__ __forceinline__ void load_tiles_turned(u32 *r, const bf16 *row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
                 : "r"(shared_at(row)));
}

// A run of up to 64 tokens of one sequence. A block for each run (y, the longest ones first) and
// query head (x); a warp for 16 tokens. Keys and values come in tiles of 64 positions, the next one
// while this one is used. Source of the order of work: FlashAttention-2 (arXiv 2307.08691), 3.1.
template <int DIM>
__device__ void attend_prefill(
        const bf16 *queries, int query_stride, const Places &p, const int2 *tiles, const Cache &c,
        float scale, int window, bf16 *out, int out_stride) {
    extern __shared__ uint4 raw[];
    const int ROW = DIM + 8;
    const int STEPS = DIM / 16;
    bf16(*keys)[TILE][ROW] = (bf16(*)[TILE][ROW])raw;
    bf16(*values)[TILE][ROW] = keys + 2;
    await_previous();
    allow_next();
    int2 tile = tiles[gridDim.y - 1 - blockIdx.y];
    if (tile.y <= 0) {
        return;
    }
    int head = blockIdx.x;
    int kv_head = head / (c.query_heads / c.heads);
    int warp = threadIdx.x / WARP;
    int lane = threadIdx.x % WARP;
    int g = lane / 4;
    int t = lane % 4;
    int start = p.positions[tile.x];
    const int *table = p.tables + (long long)p.sequences[tile.x] * p.table_width;
    int first = first_seen(start, window) / TILE;
    int end = (start + tile.y - 1) / TILE + 1;

    auto load = [&](int at, int side) {
        // A row of DIM elements is DIM / 8 pieces of 16 bytes.
        for (int i = threadIdx.x; i < TILE * (DIM / 8); i += PREFILL_WARPS * WARP) {
            int slot = i / (DIM / 8), d = i % (DIM / 8) * 8;
            int position = at * TILE + slot;
            bool there = position < start + tile.y;
            int block = there ? table[position / KV_TOKENS] : 0;
            const bf16 *key = c.keys + key_place(c, block, kv_head, slot % KV_TOKENS);
            const bf16 *value = value_at(c, block, kv_head, slot % KV_TOKENS);
            copy_later(&keys[side][slot][d], key + d, there && d < c.key_dim);
            copy_later(&values[side][slot][d], value + d, there && d < c.value_dim);
        }
        end_copies();
    };

    // The queries go through the place of the second tile's keys.
    for (int i = threadIdx.x; i < TILE * (DIM / 8); i += PREFILL_WARPS * WARP) {
        int row = i / (DIM / 8), d = i % (DIM / 8) * 8;
        const bf16 *from = queries + (long long)(tile.x + min(row, tile.y - 1)) * query_stride
                + (long long)head * c.key_dim + d;
        copy_later(&keys[1][row][d], from, row < tile.y && d < c.key_dim);
    }
    end_copies();
    load(first, 0);
    await_copies<1>();
    __syncthreads();
    u32 q[STEPS][4];
#pragma unroll
    for (int i = 0; i < STEPS; i++) {
        load_tiles(q[i], &keys[1][warp * 16 + lane % 16][i * 16 + lane / 16 * 8]);
    }
    __syncthreads();

    float o[DIM / 8][4] = {};
    float most[2] = {NONE, NONE};
    float sum[2] = {0, 0};
    scale *= LOG2E;
    for (int at = first; at < end; at++) {
        int side = (at - first) % 2;
        if (at + 1 < end) {
            load(at + 1, side ^ 1);
            await_copies<1>();
        } else {
            await_copies<0>();
        }
        __syncthreads();
        float s[TILE / 8][4] = {};
#pragma unroll
        for (int i = 0; i < STEPS; i++) {
#pragma unroll
            for (int n = 0; n < TILE / 16; n++) {
                u32 k[4];
                load_tiles(k, &keys[side][n * 16 + lane % 16][i * 16 + lane / 16 * 8]);
                multiply_tile(s[2 * n], q[i][0], q[i][1], q[i][2], q[i][3], k[0], k[2]);
                multiply_tile(s[2 * n + 1], q[i][0], q[i][1], q[i][2], q[i][3], k[1], k[3]);
            }
        }
        float row_most[2] = {most[0], most[1]};
        bool whole = at * TILE + TILE - 1 <= start + warp * 16
                && (window == 0 || at * TILE >= first_seen(start + warp * 16 + 15, window));
#pragma unroll
        for (int n = 0; n < TILE / 8; n++) {
#pragma unroll
            for (int i = 0; i < 4; i++) {
                int own = start + warp * 16 + g + i / 2 * 8;
                int seen = at * TILE + n * 8 + t * 2 + i % 2;
                bool sees = whole || (seen <= own && seen >= first_seen(own, window));
                s[n][i] = sees ? s[n][i] : NONE;
                row_most[i / 2] = fmaxf(row_most[i / 2], s[n][i]);
            }
        }
        float fade[2];
#pragma unroll
        for (int r = 0; r < 2; r++) {
            row_most[r] = max_four(row_most[r]);
            fade[r] = power_of_two((most[r] - row_most[r]) * scale);
            most[r] = row_most[r];
            sum[r] *= fade[r];
        }
#pragma unroll
        for (int n = 0; n < TILE / 8; n++) {
#pragma unroll
            for (int i = 0; i < 4; i++) {
                // Where a row has seen nothing yet this is 1, and fades to 0 with what it sees
                // first: the difference comes first, since a fused product would not be exact
                // there.
                s[n][i] = power_of_two((s[n][i] - most[i / 2]) * scale);
                sum[i / 2] += s[n][i];
            }
        }
#pragma unroll
        for (int n = 0; n < DIM / 8; n++) {
            o[n][0] *= fade[0], o[n][1] *= fade[0], o[n][2] *= fade[1], o[n][3] *= fade[1];
        }
#pragma unroll
        for (int i = 0; i < TILE / 16; i++) {
            u32 a0 = to_pair(s[2 * i][0], s[2 * i][1]), a1 = to_pair(s[2 * i][2], s[2 * i][3]);
            u32 a2 = to_pair(s[2 * i + 1][0], s[2 * i + 1][1]);
            u32 a3 = to_pair(s[2 * i + 1][2], s[2 * i + 1][3]);
#pragma unroll
            for (int n = 0; n < DIM / 16; n++) {
                u32 v[4];
                load_tiles_turned(v, &values[side][i * 16 + lane % 16][n * 16 + lane / 16 * 8]);
                multiply_tile(o[2 * n], a0, a1, a2, a3, v[0], v[1]);
                multiply_tile(o[2 * n + 1], a0, a1, a2, a3, v[2], v[3]);
            }
        }
        __syncthreads();
    }
#pragma unroll
    for (int r = 0; r < 2; r++) {
        float total = sum_four(sum[r]);
        int row = warp * 16 + g + 8 * r;
        if (row >= tile.y) {
            continue;
        }
        bf16 *to = out + (long long)(tile.x + row) * out_stride + (long long)head * c.value_dim;
#pragma unroll
        for (int n = 0; n < DIM / 8; n++) {
            int d = n * 8 + t * 2;
            if (d < c.value_dim) {
                *(u32 *)(to + d) = to_pair(o[n][2 * r] / total, o[n][2 * r + 1] / total);
            }
        }
    }
}

#define PREFILL(DIM)                                                                            \
    extern "C" __global__ void __launch_bounds__(PREFILL_WARPS *WARP) attend_prefill_##DIM(     \
            const bf16 *queries, int query_stride, Places p, const int2 *tiles, Cache c,        \
            float scale, int window, bf16 *out, int out_stride) {                    \
        attend_prefill<DIM>(queries, query_stride, p, tiles, c, scale, window, out,      \
                out_stride);                                                                    \
    }

PREFILL(64)
PREFILL(128)
PREFILL(256)
