// Products of a few rows of activations with weights as they are stored.

// Weights of the products behind this one, see WeightsAhead: bytes from an address on.
struct Ahead {
    struct {
        const u8 *at;
        long long bytes;
    } ranges[4];
};

// Brings them into the device's cache; each thread of a launch of the size has some lines.
__device__ __forceinline__ void fetch_ahead(const Ahead &ahead) {
    long long threads = (long long)gridDim.x * gridDim.y * gridDim.z * blockDim.x;
    long long block = blockIdx.x + gridDim.x * (blockIdx.y + (long long)gridDim.y * blockIdx.z);
    long long own = (block * blockDim.x + threadIdx.x) * 128;
#pragma unroll
    for (int i = 0; i < 4; i++) {
        for (long long at = own; at < ahead.ranges[i].bytes; at += threads * 128) {
            asm volatile("prefetch.global.L2 [%0];" ::"l"(ahead.ranges[i].at + at));
        }
    }
}

// Where the rows of a weight belong to heads, each with columns of its own of x and of out; an
// ordinary product has one head.
struct Shape {
    const bf16 *x;
    int tokens, x_stride, x_head_stride;
    int rows, width, head_rows;
    void *out;
    int out_stride, out_head_stride, kind;
    const float *bias;
};

__device__ __forceinline__ long long out_place(const Shape &s, int token, int row) {
    return (long long)token * s.out_stride + (long long)(row / s.head_rows) * s.out_head_stride
            + row % s.head_rows;
}

// Any width: a warp for each row (x) and token (y).
template <int TYPE>
__device__ void product_plain(const Shape &s, const u8 *data, const void *scales) {
    await_previous();
    allow_next();
    int row = blockIdx.x * (blockDim.x / WARP) + threadIdx.x / WARP;
    int token = blockIdx.y;
    int lane = threadIdx.x % WARP;
    if (row >= s.rows) {
        return;
    }
    const bf16 *x = s.x + (long long)token * s.x_stride + row / s.head_rows * s.x_head_stride;
    float sum = 0;
    if (TYPE <= BF16) {
        for (int i = lane; i < s.width; i += WARP) {
            sum += to_float(x[i]) * plain_value(TYPE, data, (long long)row * s.width + i);
        }
    } else {
        for (int index = lane; index < runs(s.width) * 16; index += WARP) {
            Unit u = unit_of(index);
            float values[8];
            read_unit<TYPE>(data + row * row_bytes<TYPE>(s.width), s.width, u, values);
            scale_unit<TYPE>(scales, row, s.width, u, values);
            for (int i = 0; i < 8; i++) {
                int at = element<TYPE>(u, i);
                sum += at < s.width ? to_float(x[at]) * values[i] : 0;
            }
        }
    }
    sum = sum_warp(sum);
    if (lane == 0) {
        put(s.out, out_place(s, token, row), s.kind, sum + (s.bias ? s.bias[row] : 0));
    }
}

// a * b + c of two bf16 at once.
__device__ __forceinline__ u32 fused_pair(u32 a, u32 b, u32 c) {
    u32 d;
    asm("fma.rn.bf16x2 %0, %1, %2, %3;" : "=r"(d) : "r"(a), "r"(b), "r"(c));
    return d;
}

#define ONES 0x3f803f80u

// A slab is what a lane gets of one row by one load of 16 bytes, and what belongs to it: GROUPS
// groups of 32 elements, of which the lane has a unit each. Slab s of a row begins at byte 64 s.
template <int TYPE>
struct Slab {
    static const int GROUPS = TYPE <= BF16 ? 1 : TYPE <= Q8_0 ? 2 : 4;
    uint4 q;
    uint2 upper;
    uint4 scales;
};

// Where a row's elements and scales begin, for one lane.
struct RowAt {
    const u8 *data;
    const u8 *scales;
};

template <int TYPE>
__device__ __forceinline__ u64 scale_row_bytes(int width) {
    return TYPE <= BF16 ? 0 : runs(width) * (TYPE == F8_E4M3 ? 4ull : TYPE <= Q4_0 ? 8ull : 16ull);
}

template <int TYPE>
__device__ __forceinline__ RowAt row_at(
        const u8 *data, const void *scales, int row, int width, int lane) {
    RowAt at;
    at.data = data + row * row_bytes<TYPE>(width) + lane * 16;
    int scale_row = TYPE == F8_E4M3 ? row / RUN : row;
    at.scales = (const u8 *)scales + scale_row * scale_row_bytes<TYPE>(width);
    return at;
}

template <int TYPE>
__device__ __forceinline__ Slab<TYPE> load_slab(const RowAt &row, int width, int slab, int lane) {
    Slab<TYPE> s;
    s.q = load_streamed(row.data + slab * 64);
    if (TYPE == Q5_K) {
        s.upper.x = *(const u32 *)(row.data + runs(width) * 64 + slab * 16 - lane * 12);
    } else if (TYPE == Q6_K) {
        s.upper = *(const uint2 *)(row.data + runs(width) * 64 + slab * 32 - lane * 8);
    }
    if (TYPE == F8_E4M3) {
        s.scales.x = ((const u32 *)row.scales)[slab / 2];
    } else if (TYPE == Q8_0) {
        s.scales.x = ((const u32 *)row.scales)[slab];
    } else if (TYPE == Q4_0) {
        uint2 both = ((const uint2 *)row.scales)[slab];
        s.scales.x = both.x;
        s.scales.y = both.y;
    } else if (TYPE >= Q4_K) {
        s.scales = ((const uint4 *)row.scales)[slab];
    }
    return s;
}

template <int TYPE>
__device__ __forceinline__ Slab<TYPE> no_slab() {
    Slab<TYPE> s;
    s.q = make_uint4(0, 0, 0, 0);
    s.upper = make_uint2(0, 0);
    s.scales = make_uint4(0, 0, 0, 0);
    return s;
}

// Group j of a slab as four pairs of bf16, but for its scales; exact except from f16.
template <int TYPE>
__device__ __forceinline__ void pairs_of(const Slab<TYPE> &s, int j, u32 *pairs) {
    if (TYPE == BF16) {
        pairs[0] = s.q.x, pairs[1] = s.q.y, pairs[2] = s.q.z, pairs[3] = s.q.w;
    } else if (TYPE == F16) {
#pragma unroll
        for (int i = 0; i < 4; i++) {
            u32 both = word(s.q, i);
            pairs[i] = to_pair(half_float(both & 0xffff), half_float(both >> 16));
        }
    } else if (TYPE == F8_E4M3) {
#pragma unroll
        for (int i = 0; i < 4; i++) {
            u32 bytes = word(s.q, j * 2 + i / 2) >> (i % 2 * 8);
            u32 moved = (bytes & 0x00800080u) << 8 | (bytes & 0x007f007fu) << 4;
            pairs[i] = fused_pair(moved, 0x7b807b80u, 0x80008000u);  // 2^120, -0
        }
    } else if (TYPE == Q8_0) {
#pragma unroll
        for (int i = 0; i < 4; i++) {
            // 128 + the low seven bits, less 128, or 256 where the eighth says so.
            u32 bytes = word(s.q, j * 2 + i / 2) >> (i % 2 * 8);
            u32 low = (bytes & 0x007f007fu) | 0x43004300u;
            u32 less = (bytes & 0x00800080u) | 0x43004300u;
            pairs[i] = fused_pair(less, 0xbf80bf80u, low);
        }
    } else {
        u32 low = word(s.q, j);
#pragma unroll
        for (int i = 0; i < 4; i++) {
            u32 q = low >> (4 * i) & 0x000f000fu;
            u32 less = 0xc300c300u;  // -128
            if (TYPE == Q4_0) {
                less = 0xc308c308u;  // -136
            } else if (TYPE == Q5_K) {
                // Bits i and 4 + i of the group's byte go to bits 4 and 20.
                u32 bits = s.upper.x >> (8 * j + i);
                q |= (bits & 1) << 4 | (bits & 16) << 16;
            } else if (TYPE == Q6_K) {
                // Bit pairs i and 4 + i of the group's sixteen bits go to bits 4 and 20.
                u32 bits = (j < 2 ? s.upper.x : s.upper.y) >> (16 * (j % 2) + 2 * i);
                q |= (bits & 3) << 4 | (bits & 0x300) << 12;
                less = 0xc320c320u;  // -160
            }
            pairs[i] = fused_pair(q | 0x43004300u, ONES, less);
        }
    }
}

// The factors of the first and the last four elements of a unit of group j, and what is taken off.
template <int TYPE>
__device__ __forceinline__ float3 factors_of(const Slab<TYPE> &s, int j) {
    if (TYPE == Q8_0 || TYPE == Q4_0) {
        u32 both = word(s.scales, j / 2);
        float factor = half_float(j % 2 ? both >> 16 : both & 0xffff);
        return make_float3(factor, factor, 0);
    }
    u32 both = word(s.scales, j);
    float low = half_float(both & 0xffff);
    float high = half_float(both >> 16);
    return TYPE == Q6_K ? make_float3(low, high, 0) : make_float3(low, low, high);
}

// What a lane needs of eight tokens for its unit of a group, as the second operand.
template <int TYPE>
__device__ __forceinline__ uint4 load_x(const bf16 *x, int first, int lane, int width) {
    uint4 v = make_uint4(0, 0, 0, 0);
    if (TYPE == Q6_K) {
        if (first < width) {
            uint2 low = *(const uint2 *)(x + first + lane * 4);
            uint2 high = *(const uint2 *)(x + first + 16 + lane * 4);
            v = make_uint4(low.x, low.y, high.x, high.y);
        }
    } else if (first + lane * 8 < width) {
        v = *(const uint4 *)(x + first + lane * 8);
    }
    return v;
}

// The same within the width.
template <int TYPE>
__device__ __forceinline__ uint4 load_x_inside(const bf16 *x, int lane) {
    if (TYPE == Q6_K) {
        uint2 low = *(const uint2 *)(x + lane * 4);
        uint2 high = *(const uint2 *)(x + 16 + lane * 4);
        return make_uint4(low.x, low.y, high.x, high.y);
    }
    return *(const uint4 *)(x + lane * 8);
}

// Adds what group j of two rows of slabs (8 apart) makes of tiles of eight tokens.
template <int TYPE, int TILES>
__device__ __forceinline__ void add_group(
        const Slab<TYPE> &upper, const Slab<TYPE> &lower, int j, const uint4 *x,
        float (*sums)[4]) {
    u32 a[4], b[4];
    pairs_of<TYPE>(upper, j, a);
    pairs_of<TYPE>(lower, j, b);
    if (TYPE <= BF16) {
#pragma unroll
        for (int n = 0; n < TILES; n++) {
            multiply_tile(sums[n], a[0], b[0], a[1], b[1], x[n].x, x[n].y);
            multiply_tile(sums[n], a[2], b[2], a[3], b[3], x[n].z, x[n].w);
        }
        return;
    }
    float3 fa, fb;
    if (TYPE == F8_E4M3) {
        float factor = __uint_as_float(upper.scales.x);
        fa = fb = make_float3(factor, factor, 0);
    } else {
        fa = factors_of<TYPE>(upper, j);
        fb = factors_of<TYPE>(lower, j);
    }
#pragma unroll
    for (int n = 0; n < TILES; n++) {
        float first[4] = {0, 0, 0, 0};
        multiply_tile(first, a[0], b[0], a[1], b[1], x[n].x, x[n].y);
        if (TYPE == Q6_K) {
            float second[4] = {0, 0, 0, 0};
            multiply_tile(second, a[2], b[2], a[3], b[3], x[n].z, x[n].w);
            sums[n][0] += fa.x * first[0] + fa.y * second[0];
            sums[n][1] += fa.x * first[1] + fa.y * second[1];
            sums[n][2] += fb.x * first[2] + fb.y * second[2];
            sums[n][3] += fb.x * first[3] + fb.y * second[3];
            continue;
        }
        multiply_tile(first, a[2], b[2], a[3], b[3], x[n].z, x[n].w);
        sums[n][0] += fa.x * first[0];
        sums[n][1] += fa.x * first[1];
        sums[n][2] += fb.x * first[2];
        sums[n][3] += fb.x * first[3];
        if (TYPE == Q4_K || TYPE == Q5_K) {
            // The sum of x over the group, as the product with ones.
            float total[4] = {0, 0, 0, 0};
            multiply_tile(total, ONES, ONES, ONES, ONES, x[n].x, x[n].y);
            multiply_tile(total, ONES, ONES, ONES, ONES, x[n].z, x[n].w);
            sums[n][0] -= fa.z * total[0];
            sums[n][1] -= fa.z * total[1];
            sums[n][2] -= fb.z * total[2];
            sums[n][3] -= fb.z * total[3];
        }
    }
}

// Pairs of tokens and experts in the order of experts: see ExpertKernels. A product with experts
// has a matrix for each of them, of s.rows rows.
struct Visits {
    const int *ends;
    const int *pairs;  // 0: row i of x is the i-th pair's
    int per_token;
};

#define FEW_WARPS 8

// Slabs that a warp of product_few holds in flight of each row: of those measured (1, 2 and 4, with
// two to four blocks on a multiprocessor) the fastest.
#define FEW_SLABS(TYPE) (TYPE <= BF16 ? 4 : 2)
#define FEW_BLOCKS 2

// Eight tokens of a row of sums, apart so that sixteen rows begin in different banks.
#define PART_ROW 10

// Up to 8 * TILES tokens at a time. A block takes tiles of 16 rows (of both matrices, when gated),
// one after the other; its warps share out the width, each a stage of some slabs at a time, and
// hold the next stage's loads in flight. Their sums meet in shared memory, and are added in the
// warps' order. Lanes of tokens that there are not repeat the last one: what comes of it is left
// where it is. With experts, blockIdx.y is one, whose tokens are taken 8 * TILES by 8 * TILES.
template <int TYPE, int TILES, bool GATED, bool EXPERTS>
__device__ void product_few(
        const Shape &s, const u8 *data, const void *scales, const u8 *up, const void *up_scales,
        const float *up_bias, const Visits &visits, const Ahead &ahead) {
    const int MATRICES = GATED ? 2 : 1;
    const int SLABS = FEW_SLABS(TYPE) > MATRICES ? FEW_SLABS(TYPE) / MATRICES : 1;
    const int GROUPS = Slab<TYPE>::GROUPS;
    const int STAGE = SLABS * GROUPS * 32;  // elements of the width
    __shared__ float parts[2][FEW_WARPS][MATRICES][TILES][16][PART_ROW];
    int warp = threadIdx.x / WARP;
    int g = threadIdx.x % WARP / 4;
    int t = threadIdx.x % 4;
    int slabs = TYPE <= BF16 ? (s.width + 31) / 32 : runs(s.width) * 4 / GROUPS;
    int stages = (slabs + SLABS * FEW_WARPS - 1) / (SLABS * FEW_WARPS);
    int tiles = (s.rows + 15) / 16;
    int begin = 0, end = s.tokens;
    if (EXPERTS) {
        await_previous();
        begin = visits.ends[blockIdx.y];
        end = visits.ends[blockIdx.y + 1];
        if (begin == end) {
            allow_next();
            return;
        }
        u64 rows = (u64)blockIdx.y * s.rows;
        u64 scale_rows = TYPE == F8_E4M3 ? (u64)blockIdx.y * ((s.rows + RUN - 1) / RUN) : rows;
        u64 scale_bytes = scale_rows * scale_row_bytes<TYPE>(s.width);
        data += rows * row_bytes<TYPE>(s.width);
        scales = (const u8 *)scales + scale_bytes;
        up = GATED ? up + rows * row_bytes<TYPE>(s.width) : up;
        up_scales = (const u8 *)up_scales + scale_bytes;
    }

    // What is loaded next.
    Slab<TYPE> next[MATRICES][SLABS][2];
    RowAt rows[MATRICES][2];
    int next_tile = blockIdx.x, next_stage = 0;
    auto begin_tile = [&]() {
#pragma unroll
        for (int half = 0; half < 2; half++) {
            int row = min(next_tile * 16 + half * 8 + g, s.rows - 1);
            rows[0][half] = row_at<TYPE>(data, scales, row, s.width, t);
            if (GATED) {
                rows[MATRICES - 1][half] = row_at<TYPE>(up, up_scales, row, s.width, t);
            }
        }
    };
    // Almost all stages lie inside the width: they go without checks, and without branches between
    // their loads.
    auto load_stage = [&](int first, bool inside) {
#pragma unroll
        for (int m = 0; m < MATRICES; m++) {
#pragma unroll
            for (int i = 0; i < SLABS; i++) {
                int slab = first + i;
                bool there = inside
                        || (TYPE <= BF16 ? slab * 32 + t * 8 < s.width : slab < slabs);
#pragma unroll
                for (int half = 0; half < 2; half++) {
                    next[m][i][half] = there
                            ? load_slab<TYPE>(rows[m][half], s.width, slab, t)
                            : no_slab<TYPE>();
                }
            }
        }
    };
    auto load = [&]() {
        int first = (next_stage * FEW_WARPS + warp) * SLABS;
        if ((first + SLABS) * GROUPS * 32 <= s.width) {
            load_stage(first, true);
        } else {
            load_stage(first, false);
        }
        if (++next_stage == stages) {
            next_stage = 0;
            next_tile += gridDim.x;
            next_tile = next_tile < tiles ? next_tile : blockIdx.x;
            begin_tile();
        }
    };

    begin_tile();
    load();
    if (!EXPERTS) {
        await_previous();
    }
    allow_next();
    float sums[MATRICES][TILES][4] = {};
    int side = 0;
    for (int base = begin; base < end; base += 8 * TILES) {
        for (int tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
            const bf16 *x[TILES];
#pragma unroll
            for (int n = 0; n < TILES; n++) {
                int token = min(base + n * 8 + g, end - 1);
                int row = EXPERTS && visits.pairs ? visits.pairs[token] / visits.per_token : token;
                x[n] = s.x + (long long)row * s.x_stride;
                if (!EXPERTS && s.x_head_stride) {
                    x[n] += (long long)(tile * 16 / s.head_rows) * s.x_head_stride;
                }
            }
            for (int stage = 0; stage < stages; stage++) {
                Slab<TYPE> now[MATRICES][SLABS][2];
#pragma unroll
                for (int i = 0; i < MATRICES * SLABS * 2; i++) {
                    (&now[0][0][0])[i] = (&next[0][0][0])[i];
                }
                bool last = stage + 1 == stages && tile + gridDim.x >= tiles
                        && base + 8 * TILES >= end;
                if (!last) {
                    load();
                }
                int first = (stage * FEW_WARPS + warp) * STAGE;
                auto multiply = [&](bool inside) {
#pragma unroll
                    for (int i = 0; i < SLABS; i++) {
                        uint4 v[GROUPS][TILES];
#pragma unroll
                        for (int j = 0; j < GROUPS; j++) {
#pragma unroll
                            for (int n = 0; n < TILES; n++) {
                                int at = (i * GROUPS + j) * 32;
                                v[j][n] = inside
                                        ? load_x_inside<TYPE>(x[n] + first + at, t)
                                        : load_x<TYPE>(x[n], first + at, t, s.width);
                            }
                        }
#pragma unroll
                        for (int j = 0; j < GROUPS; j++) {
#pragma unroll
                            for (int m = 0; m < MATRICES; m++) {
                                add_group<TYPE, TILES>(
                                        now[m][i][0], now[m][i][1], j, v[j], sums[m]);
                            }
                        }
                    }
                };
                if (first + STAGE <= s.width) {
                    multiply(true);
                } else {
                    multiply(false);
                }
            }
#pragma unroll
            for (int m = 0; m < MATRICES; m++) {
#pragma unroll
                for (int n = 0; n < TILES; n++) {
                    float *sum = sums[m][n];
                    *(float2 *)&parts[side][warp][m][n][g][t * 2] = make_float2(sum[0], sum[1]);
                    *(float2 *)&parts[side][warp][m][n][g + 8][t * 2] = make_float2(sum[2], sum[3]);
                    sum[0] = sum[1] = sum[2] = sum[3] = 0;
                }
            }
            __syncthreads();
            // Two buffers: nobody writes this one again before all have passed the next barrier.
            int row = tile * 16 + threadIdx.x % 16;
            int token = threadIdx.x / 16;
            if (token < 8 * TILES && base + token < end && row < s.rows) {
                float total[MATRICES];
#pragma unroll
                for (int m = 0; m < MATRICES; m++) {
                    total[m] = 0;
#pragma unroll
                    for (int w = 0; w < FEW_WARPS; w++) {
                        total[m] += parts[side][w][m][token / 8][threadIdx.x % 16][token % 8];
                    }
                }
                float value = total[0] + (s.bias ? s.bias[row] : 0);
                if (GATED) {
                    value = silu(value) * (total[MATRICES - 1] + (up_bias ? up_bias[row] : 0));
                }
                long long place = s.x_head_stride
                        ? out_place(s, base + token, row)
                        : (long long)(base + token) * s.out_stride + row;
                put(s.out, place, s.kind, value);
            }
            side ^= 1;
        }
    }
    if (!EXPERTS) {
        fetch_ahead(ahead);
    }
}

// Group j of a slab as four pairs of bf16, scaled: two roundings more than in add_group, but sums
// of all groups stay in the tensor cores.
template <int TYPE>
__device__ __forceinline__ void scaled_pairs_of(const Slab<TYPE> &s, int j, u32 *pairs) {
    pairs_of<TYPE>(s, j, pairs);
    if (TYPE <= BF16) {
        return;
    }
    float3 f;
    if (TYPE == F8_E4M3) {
        f.x = f.y = __uint_as_float(s.scales.x);
    } else {
        f = factors_of<TYPE>(s, j);
    }
    u32 low = to_pair(f.x, f.x);
    u32 high = TYPE == Q6_K ? to_pair(f.y, f.y) : low;
    u32 less = TYPE == Q4_K || TYPE == Q5_K ? to_pair(-f.z, -f.z) : 0x80008000u;
#pragma unroll
    for (int i = 0; i < 4; i++) {
        pairs[i] = fused_pair(pairs[i], i < 2 ? low : high, less);
    }
}

#define SOME_WARPS 8
#define SOME_ROWS 256
#define CHUNK 256         // elements of the width for which x is in shared memory
#define CHUNK_ROW (CHUNK + 32)  // apart: rows of lanes that read together begin in different banks

// Up to 8 * TILES tokens. A block takes 256 rows (x) of one of up to two matrices (z) and a part of
// the width (y), a warp 32 rows. Weights go straight to registers, one stage ahead; x comes through
// shared memory, one chunk ahead. Sums of a part go to partial, (part, token, row); finish_some
// adds them.
template <int TYPE, int TILES>
__device__ void product_some(
        const Shape &s, const u8 *data, const void *scales, const u8 *up, const void *up_scales,
        int part_slabs, float *partial, const Ahead &ahead) {
    extern __shared__ uint4 raw[];
    if (blockIdx.z) {
        data = up;
        scales = up_scales;
    }
    const int SLABS = TYPE >= Q4_K ? 1 : 2;
    const int GROUPS = Slab<TYPE>::GROUPS;
    const int CHUNK_SLABS = CHUNK / 32 / GROUPS;
    bf16(*x)[8 * TILES][CHUNK_ROW] = (bf16(*)[8 * TILES][CHUNK_ROW])raw;
    int warp = threadIdx.x / WARP;
    int lane = threadIdx.x % WARP;
    int g = lane / 4;
    int t = lane % 4;
    int slabs = TYPE <= BF16 ? (s.width + 31) / 32 : runs(s.width) * 4 / GROUPS;
    int begin = blockIdx.y * part_slabs;
    int end = min(begin + part_slabs, slabs);
    int first_row = blockIdx.x * SOME_ROWS + warp * 32;
    Slab<TYPE> next[SLABS][4];
    RowAt rows[4];
#pragma unroll
    for (int m = 0; m < 4; m++) {
        int row = min(first_row + m * 8 + g, s.rows - 1);
        rows[m] = row_at<TYPE>(data, scales, row, s.width, t);
    }

    auto load = [&](int slab) {
#pragma unroll
        for (int i = 0; i < SLABS; i++) {
            bool there = slab + i < end && (TYPE > BF16 || (slab + i) * 32 + t * 8 < s.width);
#pragma unroll
            for (int m = 0; m < 4; m++) {
                next[i][m] = there
                        ? load_slab<TYPE>(rows[m], s.width, slab + i, t)
                        : no_slab<TYPE>();
            }
        }
    };
    auto copy = [&](int chunk) {
        int first = begin * GROUPS * 32 + chunk * CHUNK;
        for (int i = threadIdx.x; i < 8 * TILES * (CHUNK / 8); i += SOME_WARPS * WARP) {
            int token = i / (CHUNK / 8);
            int at = i % (CHUNK / 8) * 8;
            copy_later(&x[chunk % 2][token][at],
                    s.x + (long long)min(token, s.tokens - 1) * s.x_stride
                            + min(first + at, s.width - 8),
                    token < s.tokens && first + at < s.width);
        }
        end_copies();
    };

    load(begin);
    await_previous();
    allow_next();
    copy(0);
    int chunks = (end - begin + CHUNK_SLABS - 1) / CHUNK_SLABS;
    float sums[2][TILES][4] = {};
    for (int chunk = 0; chunk < chunks; chunk++) {
        if (chunk + 1 < chunks) {
            copy(chunk + 1);
            await_copies<1>();
        } else {
            await_copies<0>();
        }
        __syncthreads();
#pragma unroll
        for (int stage = 0; stage < CHUNK_SLABS; stage += SLABS) {
            int slab = begin + chunk * CHUNK_SLABS + stage;
            Slab<TYPE> now[SLABS][4];
#pragma unroll
            for (int i = 0; i < SLABS * 4; i++) {
                (&now[0][0])[i] = (&next[0][0])[i];
            }
            load(slab + SLABS);
#pragma unroll
            for (int i = 0; i < SLABS; i++) {
#pragma unroll
                for (int j = 0; j < GROUPS; j++) {
                    int at = ((stage + i) * GROUPS + j) * 32;
                    u32 a[4][4];
#pragma unroll
                    for (int m = 0; m < 4; m++) {
                        scaled_pairs_of<TYPE>(now[i][m], j, a[m]);
                    }
#pragma unroll
                    for (int n = 0; n < TILES; n++) {
                        uint4 v = load_x<TYPE>(x[chunk % 2][n * 8 + g], at, t, CHUNK);
#pragma unroll
                        for (int m = 0; m < 2; m++) {
                            u32 *p = a[2 * m], *q = a[2 * m + 1];
                            multiply_tile(sums[m][n], p[0], q[0], p[1], q[1], v.x, v.y);
                            multiply_tile(sums[m][n], p[2], q[2], p[3], q[3], v.z, v.w);
                        }
                    }
                }
            }
        }
        __syncthreads();
    }
    fetch_ahead(ahead);
    float *to = partial
            + ((long long)blockIdx.z * gridDim.y + blockIdx.y) * s.tokens * s.rows;
#pragma unroll
    for (int m = 0; m < 2; m++) {
#pragma unroll
        for (int n = 0; n < TILES; n++) {
#pragma unroll
            for (int i = 0; i < 4; i++) {
                int token = n * 8 + t * 2 + i % 2;
                int row = first_row + m * 16 + g + i / 2 * 8;
                if (token < s.tokens && row < s.rows) {
                    to[(long long)token * s.rows + row] = sums[m][n][i];
                }
            }
        }
    }
}

#if defined(__CUDA_ARCH_FEAT_SM90_ALL)

// Lets the tensor cores' own reads of shared memory see what this thread's copies have written.
__device__ __forceinline__ void show_copies() {
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
}

__device__ __forceinline__ void begin_tiles() {
    asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
}

__device__ __forceinline__ void end_tiles() {
    asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
}

template <int PENDING>
__device__ __forceinline__ void await_tiles() {
    asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(PENDING) : "memory");
}

#define FOUR_SUMS(i) "+f"(d[i]), "+f"(d[i + 1]), "+f"(d[i + 2]), "+f"(d[i + 3])

// D += A * B, later: A 64 x 16 from the registers of four warps, each as in multiply_tile; B 16 x
// 32 or 16 x 64 from shared memory.
__device__ __forceinline__ void multiply_wide(
        float (&d)[16], u32 a0, u32 a1, u32 a2, u32 a3, u64 b) {
    asm volatile("wgmma.mma_async.sync.aligned.m64n32k16.f32.bf16.bf16 "
                 "{%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15}, "
                 "{%16, %17, %18, %19}, %20, 1, 1, 1, 0;"
                 : FOUR_SUMS(0), FOUR_SUMS(4), FOUR_SUMS(8), FOUR_SUMS(12)
                 : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "l"(b));
}

__device__ __forceinline__ void multiply_wide(
        float (&d)[32], u32 a0, u32 a1, u32 a2, u32 a3, u64 b) {
    asm volatile("wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16 "
                 "{%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
                 "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31}, "
                 "{%32, %33, %34, %35}, %36, 1, 1, 1, 0;"
                 : FOUR_SUMS(0), FOUR_SUMS(4), FOUR_SUMS(8), FOUR_SUMS(12), FOUR_SUMS(16),
                 FOUR_SUMS(20), FOUR_SUMS(24), FOUR_SUMS(28)
                 : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "l"(b));
}

// A count of arrivals in shared memory, of which a phase ends when all have come.
__device__ __forceinline__ void begin_count(u64 *count, int arrivals) {
    asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(shared_at(count)), "r"(arrivals)
                 : "memory");
}

__device__ __forceinline__ void arrive(u64 *count) {
    asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(shared_at(count)) : "memory");
}

// Waits for the end of a phase, which are 0 and 1 in turn.
__device__ __forceinline__ void await_count(u64 *count, int phase) {
    u32 over = 0;
    while (!over) {
        asm volatile("{\n"
                     ".reg .pred over;\n"
                     "mbarrier.try_wait.parity.shared::cta.b64 over, [%1], %2;\n"
                     "selp.u32 %0, 1, 0, over;\n"
                     "}"
                     : "=r"(over)
                     : "r"(shared_at(count)), "r"(phase)
                     : "memory");
    }
}

#define WIDE_WARPS 16
#define X_WARPS 4  // more, that copy x
#define WIDE_SIDES 3

// What a warp has of one slab of its 16 rows in shared memory: 16 bytes for each lane and half of
// the rows, then scales, then upper bits, row by row. So many slabs are on their way at once.
template <int TYPE>
struct Queue {
    static const int SCALES = TYPE <= F8_E4M3 ? 0 : TYPE == Q8_0 ? 4 : TYPE == Q4_0 ? 8 : 16;
    static const int UPPER = TYPE == Q5_K ? 16 : TYPE == Q6_K ? 32 : 0;
    static const int BYTES = 1024 + 16 * (SCALES + UPPER);
    static const int DEPTH = TYPE >= Q4_0 ? 4 : 6;
};

template <int BYTES>
__device__ __forceinline__ void copy_some_later(void *to, const void *from, bool there) {
    asm volatile("cp.async.ca.shared.global [%0], [%1], %2, %3;" ::"r"(shared_at(to)), "l"(from),
            "n"(BYTES), "r"(there ? BYTES : 0)
            : "memory");
}

// 16 bytes of a row that is read piece by piece: memory gives what lies around them at once.
__device__ __forceinline__ void copy_row_later(void *to, const void *from, bool there) {
    asm volatile("cp.async.cg.shared.global.L2::256B [%0], [%1], 16, %2;" ::"r"(shared_at(to)),
            "l"(from), "r"(there ? 16 : 0)
            : "memory");
}

template <int TYPE>
__device__ __forceinline__ Slab<TYPE> queued_slab(const u8 *from, int half, int lane) {
    int row = half * 8 + lane / 4;
    Slab<TYPE> s;
    s.q = *(const uint4 *)(from + half * 512 + lane * 16);
    const u8 *scales = from + 1024 + row * Queue<TYPE>::SCALES;
    if (TYPE == Q8_0) {
        s.scales.x = *(const u32 *)scales;
    } else if (TYPE == Q4_0) {
        uint2 both = *(const uint2 *)scales;
        s.scales.x = both.x;
        s.scales.y = both.y;
    } else if (TYPE >= Q4_K) {
        s.scales = *(const uint4 *)scales;
    }
    const u8 *upper = from + 1024 + 16 * Queue<TYPE>::SCALES + row * Queue<TYPE>::UPPER;
    if (TYPE == Q5_K) {
        s.upper.x = *(const u32 *)(upper + lane % 4 * 4);
    } else if (TYPE == Q6_K) {
        s.upper = *(const uint2 *)(upper + lane % 4 * 8);
    }
    return s;
}

// The part of product_wide that copies x, for warps of their own: 64 elements of a token at a time.
// Of a group's sixteen words, four lanes of a product have four each. Instead of a token that there
// is not comes the last one: what comes of it is left where it is.
template <int TYPE, int TOKENS, int COLUMN>
__device__ __forceinline__ void copy_wide(
        const Shape &s, int first, int chunks, u8 *x, u64 *come, u64 *free) {
    static_assert(X_WARPS == CHUNK / 64, "a warp has a quarter of a chunk");
    int piece = threadIdx.x / WARP % X_WARPS;
    int lane = threadIdx.x % WARP;
    int w = lane % 16;
    int part = TYPE == Q6_K ? w / 8 * 2 + w % 2 : w % 4;
    int owner = TYPE == Q6_K ? w % 8 / 2 : w / 4;
    u8 *to = x + (piece * 8 + lane / 16 * 4 + part) * COLUMN + owner * 4;
    int at = first + piece * 64 + lane * 2;
    int side = 0, phase = 1;
    await_previous();
    allow_next();
    for (int chunk = 0; chunk < chunks; chunk++) {
        await_count(&free[side], phase);
        bool there = at < s.width;
        const bf16 *from = s.x + at;
#pragma unroll 8
        for (int token = 0; token < TOKENS; token++) {
            copy_some_later<4>(to + side * (CHUNK / 8 * COLUMN) + token * 16, from, there);
            from += token + 1 < s.tokens ? s.x_stride : 0;
        }
        end_copies();
        await_copies<0>();
        show_copies();
        arrive(&come[side]);
        at += CHUNK;
        if (++side == WIDE_SIDES) {
            side = 0;
            phase ^= 1;
        }
    }
}

// As product_some, for the tensor cores of 9.0. A warp takes 16 rows, four warps one tile. Weights
// come through a queue that each warp has for itself, are turned to bf16 in registers and
// multiplied from there, while the next ones are turned. x lies in shared memory in columns of 16
// bytes a token, in the order in which lanes have elements of the weights; columns are a piece
// apart, so that a token's go to different banks.
template <int TYPE, int TILES>
__device__ void product_wide(
        const Shape &s, const u8 *data, const void *scales, const u8 *up, const void *up_scales,
        int part_slabs, float *partial, const Ahead &ahead) {
    extern __shared__ uint4 raw[];
    if (blockIdx.z) {
        data = up;
        scales = up_scales;
    }
    typedef Queue<TYPE> Q;
    const int GROUPS = Slab<TYPE>::GROUPS;
    const int CHUNK_SLABS = CHUNK / 32 / GROUPS;
    const int TOKENS = 8 * TILES;
    const int COLUMN = TOKENS * 16 + 16;
    const int SIDE = CHUNK / 8 * COLUMN;
    int warp = threadIdx.x / WARP;
    int lane = threadIdx.x % WARP;
    int g = lane / 4;
    int t = lane % 4;
    u8 *x = (u8 *)raw;
    u8 *queue = x + WIDE_SIDES * SIDE + warp * Q::DEPTH * Q::BYTES;
    int slabs = TYPE <= BF16 ? (s.width + 31) / 32 : runs(s.width) * 4 / GROUPS;
    int begin = blockIdx.y * part_slabs;
    int end = min(begin + part_slabs, slabs);
    int first_row = blockIdx.x * SOME_ROWS + warp * 16 + g;
    RowAt upper = row_at<TYPE>(data, scales, min(first_row, s.rows - 1), s.width, t);
    RowAt lower = row_at<TYPE>(data, scales, min(first_row + 8, s.rows - 1), s.width, t);
    // What this lane copies beside elements: of one row, scales or upper bits.
    RowAt own = t % 2 ? lower : upper;
    const u8 *beside = t < 2 ? own.scales + begin * Q::SCALES
                             : own.data + runs(s.width) * 64 - t * 16 + begin * Q::UPPER;
    u32 beside_to = 1024 + (t < 2 ? 0 : 16 * Q::SCALES)
            + (g + t % 2 * 8) * (t < 2 ? Q::SCALES : Q::UPPER);
    upper.data += begin * 64;
    lower.data += begin * 64;

    // The slabs come in their order; of those behind the end, zeros.
    auto load = [&](int slab, u8 *to) {
        bool there = slab < end;
        bool inside = there && (TYPE > BF16 || slab * 32 + t * 8 < s.width);
        copy_row_later(to + lane * 16, upper.data, inside);
        copy_row_later(to + 512 + lane * 16, lower.data, inside);
        upper.data += 64;
        lower.data += 64;
        if constexpr (Q::SCALES != 0) {
            if (t < 2) {
                copy_some_later<Q::SCALES>(to + beside_to, beside, there);
                beside += Q::SCALES;
            }
        }
        if constexpr (Q::UPPER != 0) {
            if (t >= 2) {
#pragma unroll
                for (int i = 0; i < Q::UPPER; i += 16) {
                    copy_later(to + beside_to + i, beside + i, there);
                }
                beside += Q::UPPER;
            }
        }
    };
    int chunks = (end - begin + CHUNK_SLABS - 1) / CHUNK_SLABS;
    __shared__ u64 come[WIDE_SIDES], free[WIDE_SIDES];
    if (threadIdx.x == 0) {
#pragma unroll
        for (int i = 0; i < WIDE_SIDES; i++) {
            begin_count(&come[i], X_WARPS * WARP);
            begin_count(&free[i], WIDE_WARPS);
        }
    }
    __syncthreads();
    if (warp >= WIDE_WARPS) {
        copy_wide<TYPE, TOKENS, COLUMN>(s, begin * GROUPS * 32, chunks, x, come, free);
        fetch_ahead(ahead);
        return;
    }
#pragma unroll
    for (int i = 0; i < Q::DEPTH; i++) {
        load(begin + i, queue + i * Q::BYTES);
        end_copies();
    }
    await_previous();
    allow_next();
    float sums[TILES * 4] = {};
    int slot = 0;
    int side = 0, phase = 0;
    for (int chunk = 0; chunk < chunks; chunk++) {
        await_count(&come[side], phase);
        // Bits of the descriptor: address, columns apart, eight tokens apart, all in 16 bytes.
        u64 columns = (u64)(shared_at(x + side * SIDE) >> 4) | (u64)(COLUMN >> 4) << 16
                | (u64)(128 >> 4) << 32;
#pragma unroll
        for (int stage = 0; stage < CHUNK_SLABS; stage++) {
            int slab = begin + chunk * CHUNK_SLABS + stage;
            await_copies<Q::DEPTH - 1>();
            __syncwarp();
            const u8 *from = queue + slot * Q::BYTES;
            Slab<TYPE> p = queued_slab<TYPE>(from, 0, lane);
            Slab<TYPE> q = queued_slab<TYPE>(from, 1, lane);
            if (TYPE == F8_E4M3) {
                int there = min(slab, end - 1);
                p.scales.x = ((const u32 *)upper.scales)[there / 2];
                q.scales.x = ((const u32 *)lower.scales)[there / 2];
            }
            __syncwarp();
            load(slab + Q::DEPTH, queue + slot * Q::BYTES);
            end_copies();
            slot = slot + 1 == Q::DEPTH ? 0 : slot + 1;
#pragma unroll
            for (int j = 0; j < GROUPS; j++) {
                u32 a[4], b[4];
                scaled_pairs_of<TYPE>(p, j, a);
                scaled_pairs_of<TYPE>(q, j, b);
                u64 column = columns + (u64)((stage * GROUPS + j) * 4 * (COLUMN >> 4));
                begin_tiles();
                multiply_wide(sums, a[0], b[0], a[1], b[1], column);
                multiply_wide(sums, a[2], b[2], a[3], b[3], column + 2 * (COLUMN >> 4));
                end_tiles();
                await_tiles<1>();
            }
        }
        await_tiles<0>();
        if (lane == 0) {
            arrive(&free[side]);
        }
        if (++side == WIDE_SIDES) {
            side = 0;
            phase ^= 1;
        }
    }
    fetch_ahead(ahead);
    await_copies<0>();
    float *to = partial
            + ((long long)blockIdx.z * gridDim.y + blockIdx.y) * s.tokens * s.rows;
#pragma unroll
    for (int n = 0; n < TILES; n++) {
#pragma unroll
        for (int i = 0; i < 4; i++) {
            int token = n * 8 + t * 2 + i % 2;
            int row = first_row + i / 2 * 8;
            if (token < s.tokens && row < s.rows) {
                to[(long long)token * s.rows + row] = sums[n * 4 + i];
            }
        }
    }
}

#define SOME_THREADS 640
#define PRODUCT_SOME product_wide
#else
#define SOME_THREADS 256
#define PRODUCT_SOME product_some
#endif

__device__ __forceinline__ float sum_parts(
        const float *partial, int parts, long long size, long long at) {
    float sum = 0;
    for (int i = 0; i < parts; i++) {
        sum += partial[i * size + at];
    }
    return sum;
}

// Adds the parts of product_some, in their order. A thread for each row (x) of each token (y).
extern "C" __global__ void finish_some(Shape s, int parts, const float *partial) {
    await_previous();
    allow_next();
    int row = blockIdx.x * blockDim.x + threadIdx.x;
    if (row < s.rows) {
        float sum = sum_parts(partial, parts, (long long)s.tokens * s.rows,
                (long long)blockIdx.y * s.rows + row);
        put(s.out, out_place(s, blockIdx.y, row), s.kind, sum + (s.bias ? s.bias[row] : 0));
    }
}

// The same for two products, the second's parts behind the first's: silu(gate) * up.
extern "C" __global__ void finish_gated(
        Shape s, int parts, const float *partial, const float *up_bias) {
    await_previous();
    allow_next();
    int row = blockIdx.x * blockDim.x + threadIdx.x;
    if (row < s.rows) {
        long long size = (long long)s.tokens * s.rows;
        long long at = (long long)blockIdx.y * s.rows + row;
        float gate = sum_parts(partial, parts, size, at) + (s.bias ? s.bias[row] : 0);
        float up = sum_parts(partial + parts * size, parts, size, at)
                + (up_bias ? up_bias[row] : 0);
        put(s.out, out_place(s, blockIdx.y, row), s.kind, silu(gate) * up);
    }
}

#define PLAIN(TYPE)                                                                         \
    extern "C" __global__ void product_plain_##TYPE(                                        \
            Shape s, const u8 *data, const void *scales) {                                  \
        product_plain<TYPE>(s, data, scales);                                               \
    }

#define FEW(TYPE, TILES)                                                                    \
    extern "C" __global__ void __launch_bounds__(256, FEW_BLOCKS)                           \
            product_few_##TYPE##_##TILES(                                                   \
            Shape s, const u8 *data, const void *scales, Ahead ahead) {                     \
        Visits none = {};                                                                   \
        product_few<TYPE, TILES, false, false>(s, data, scales, 0, 0, 0, none, ahead);      \
    }                                                                                       \
    extern "C" __global__ void __launch_bounds__(256, FEW_BLOCKS)                           \
            gated_few_##TYPE##_##TILES(                                                     \
            Shape s, const u8 *data, const void *scales, const u8 *up,                      \
            const void *up_scales, const float *up_bias, Ahead ahead) {                     \
        Visits none = {};                                                                   \
        product_few<TYPE, TILES, true, false>(                                              \
                s, data, scales, up, up_scales, up_bias, none, ahead);                      \
    }

#define EXPERTS(TYPE)                                                                       \
    extern "C" __global__ void __launch_bounds__(256, 2) product_experts_##TYPE(            \
            Shape s, const u8 *data, const void *scales, Visits visits) {                   \
        Ahead none = {};                                                                    \
        product_few<TYPE, 1, false, true>(s, data, scales, 0, 0, 0, visits, none);          \
    }                                                                                       \
    extern "C" __global__ void __launch_bounds__(256, 2) gated_experts_##TYPE(              \
            Shape s, const u8 *data, const void *scales, const u8 *up,                      \
            const void *up_scales, Visits visits) {                                         \
        Ahead none = {};                                                                    \
        product_few<TYPE, 1, true, true>(s, data, scales, up, up_scales, 0, visits, none);  \
    }

#define SOME(TYPE, TILES)                                                                   \
    extern "C" __global__ void __launch_bounds__(SOME_THREADS, 1)                           \
            product_some_##TYPE##_##TILES(                                                  \
            Shape s, const u8 *data, const void *scales, const u8 *up,                      \
            const void *up_scales, int part_slabs, float *partial, Ahead ahead) {           \
        PRODUCT_SOME<TYPE, TILES>(                                                          \
                s, data, scales, up, up_scales, part_slabs, partial, ahead);                \
    }

#define ALL_SIZES(TYPE) \
    PLAIN(TYPE)         \
    FEW(TYPE, 1)        \
    FEW(TYPE, 2)        \
    EXPERTS(TYPE)       \
    SOME(TYPE, 4)       \
    SOME(TYPE, 8)

// Compiled for one type at a time.
ALL_SIZES(WEIGHT)
