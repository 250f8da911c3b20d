// Weights from the order of a file into that of DeviceMatrix, and from that into bf16.

// A block for each row of out: row ids[b] of the weight, or first + b without ids. Rows that the
// weight does not have become 0.
template <int TYPE>
__device__ void expand(
        const u8 *data, const void *scales, int rows, int width, const int *ids, int first,
        bf16 *out, int out_stride) {
    await_previous();
    allow_next();
    int row = ids ? ids[blockIdx.x] : first + blockIdx.x;
    bool there = row >= 0 && row < rows;
    bf16 *to = out + (u64)blockIdx.x * out_stride;
    if constexpr (TYPE <= BF16) {
        for (int i = threadIdx.x; i < width; i += blockDim.x) {
            to[i] = there ? to_bf16(plain_value(TYPE, data, (long long)row * width + i)) : 0;
        }
    } else {
        for (int index = threadIdx.x; index < runs(width) * 16; index += blockDim.x) {
            Unit u = unit_of(index);
            float values[8] = {0};
            if (there) {
                read_unit<TYPE>(data + row * row_bytes<TYPE>(width), width, u, values);
                scale_unit<TYPE>(scales, row, width, u, values);
            }
            int low = element<TYPE>(u, 0);
            int high = element<TYPE>(u, 4);
            if (high + 4 <= width && out_stride % 4 == 0) {
                *(uint2 *)(to + low) =
                        make_uint2(to_pair(values[0], values[1]), to_pair(values[2], values[3]));
                *(uint2 *)(to + high) =
                        make_uint2(to_pair(values[4], values[5]), to_pair(values[6], values[7]));
                continue;
            }
            for (int i = 0; i < 8; i++) {
                if (element<TYPE>(u, i) < width) {
                    to[element<TYPE>(u, i)] = to_bf16(values[i]);
                }
            }
        }
    }
}

#define EXPAND(TYPE)                                                                          \
    extern "C" __global__ void expand_##TYPE(                                                 \
            const u8 *data, const void *scales, int rows, int width, const int *ids, int first, \
            bf16 *out, int out_stride) {                                                      \
        expand<TYPE>(data, scales, rows, width, ids, first, out, out_stride);                 \
    }

EXPAND(F32)
EXPAND(F16)
EXPAND(BF16)
EXPAND(F8_E4M3)
EXPAND(Q8_0)
EXPAND(Q4_0)
EXPAND(Q4_K)
EXPAND(Q5_K)
EXPAND(Q6_K)

// What one group of 32 elements is in a file: integers (for F8_E4M3 bytes), factors, least values.
struct Group {
    int q[32];
    float factor[2];  // of each half
    float least;
};

__device__ __forceinline__ u16 half_bits(const u8 *at) { return at[0] | at[1] << 8; }

// The six-bit factor (or least) of sub-block j of a Q4_K or Q5_K block.
__device__ __forceinline__ int six_bits(const u8 *packed, int j, bool least) {
    int shift = least ? 4 : 0;
    if (j < 4) {
        return packed[j + shift] & 63;
    }
    return (packed[j + 4] >> shift & 15) | packed[j - 4 + shift] >> 6 << 4;
}

template <int TYPE>
__device__ void read_group(const u8 *row, int group, Group *g) {
    g->least = 0;
    if (TYPE == F8_E4M3) {
        for (int i = 0; i < 32; i++) {
            g->q[i] = row[group * 32 + i];
        }
    } else if (TYPE == Q8_0) {
        const u8 *at = row + group * 34;
        g->factor[0] = g->factor[1] = half_float(half_bits(at));
        for (int i = 0; i < 32; i++) {
            g->q[i] = at[2 + i];
        }
    } else if (TYPE == Q4_0) {
        const u8 *at = row + group * 18;
        g->factor[0] = g->factor[1] = half_float(half_bits(at));
        for (int i = 0; i < 16; i++) {
            g->q[i] = at[2 + i] & 15;
            g->q[16 + i] = at[2 + i] >> 4;
        }
    } else if (TYPE == Q4_K || TYPE == Q5_K) {
        int sub = group % 8;
        const u8 *at = row + group / 8 * (TYPE == Q4_K ? 144 : 176);
        g->factor[0] = g->factor[1] = half_float(half_bits(at)) * six_bits(at + 4, sub, false);
        g->least = half_float(half_bits(at + 2)) * six_bits(at + 4, sub, true);
        const u8 *nibbles = at + (TYPE == Q4_K ? 16 : 48) + sub / 2 * 32;
        for (int i = 0; i < 32; i++) {
            int upper = TYPE == Q5_K ? at[16 + i] >> sub & 1 : 0;
            g->q[i] = (nibbles[i] >> (sub % 2 * 4) & 15) + 16 * upper;
        }
    } else {
        int part = group % 8 / 4;
        int quarter = group % 4;
        const u8 *at = row + group / 8 * 210;
        float d = half_float(half_bits(at + 208));
        for (int i = 0; i < 2; i++) {
            g->factor[i] = d * (signed char)at[192 + group % 8 * 2 + i];
        }
        for (int i = 0; i < 32; i++) {
            int low = at[part * 64 + quarter % 2 * 32 + i] >> (quarter / 2 * 4) & 15;
            int upper = at[128 + part * 32 + i] >> (2 * quarter) & 3;
            g->q[i] = low + 16 * upper;
        }
    }
}

template <int TYPE>
__device__ void write_group(const Group &g, u8 *row, int run_count, int run, int j) {
    for (int t = 0; t < 4; t++) {
        Unit u = {0, 0, t};
        if (TYPE == F8_E4M3 || TYPE == Q8_0) {
            u8 *at = row + (u64)run * 128 + j / 2 * 64 + t * 16 + j % 2 * 8;
            for (int i = 0; i < 8; i++) {
                at[byte_place(i)] = g.q[element<TYPE>(u, i)];
            }
            continue;
        }
        u32 word = 0;
        u32 upper = 0;
        for (int i = 0; i < 8; i++) {
            int place = nibble_place(i);
            u32 q = g.q[element<TYPE>(u, i)];
            word |= (q & 15) << (place * 4);
            upper |= (q >> 4) << (TYPE == Q5_K ? place : 2 * place);
        }
        *(u32 *)(row + (u64)run * 64 + t * 16 + j * 4) = word;
        if (TYPE == Q5_K) {
            row[(u64)run_count * 64 + run * 16 + t * 4 + j] = upper;
        } else if (TYPE == Q6_K) {
            *(u16 *)(row + (u64)run_count * 64 + run * 32 + t * 8 + j * 2) = upper;
        }
    }
}

// A block for each row (x) and blockDim.x groups (y).
template <int TYPE>
__device__ void pack(const u8 *stored, int rows, int width, u8 *data, void *scales) {
    int run_count = runs(width);
    int group = blockIdx.y * blockDim.x + threadIdx.x;
    u64 row = blockIdx.x;
    if (group >= run_count * 4) {
        return;
    }
    u64 stored_bytes = TYPE == F8_E4M3 ? width
            : TYPE == Q8_0             ? width / 32 * 34
            : TYPE == Q4_0             ? width / 32 * 18
            : TYPE == Q4_K             ? width / 256 * 144
            : TYPE == Q5_K             ? width / 256 * 176
                                       : width / 256 * 210;
    Group g = {};
    if (group * 32 + 32 <= width) {
        read_group<TYPE>(stored + row * stored_bytes, group, &g);
    } else if (TYPE == F8_E4M3) {
        for (int i = group * 32; i < width; i++) {
            g.q[i % 32] = stored[row * stored_bytes + i];
        }
    }
    write_group<TYPE>(g, data + row * row_bytes<TYPE>(width), run_count, group / 4, group % 4);
    u64 at = row * run_count * 4 + group;
    if (TYPE == Q8_0 || TYPE == Q4_0) {
        ((u16 *)scales)[at] = to_half(g.factor[0]);
    } else if (TYPE == Q4_K || TYPE == Q5_K) {
        ((u32 *)scales)[at] = to_half(g.factor[0]) | (u32)to_half(g.least) << 16;
    } else if (TYPE == Q6_K) {
        ((u32 *)scales)[at] = to_half(g.factor[0]) | (u32)to_half(g.factor[1]) << 16;
    }
}

#define PACK(TYPE)                                                                   \
    extern "C" __global__ void pack_##TYPE(                                          \
            const u8 *stored, int rows, int width, u8 *data, void *scales) {         \
        await_previous();                                                            \
        allow_next();                                                                \
        pack<TYPE>(stored, rows, width, data, scales);                               \
    }

PACK(F8_E4M3)
PACK(Q8_0)
PACK(Q4_0)
PACK(Q4_K)
PACK(Q5_K)
PACK(Q6_K)

extern "C" __global__ void floats_to_bf16(const float *from, long long count, bf16 *out) {
    await_previous();
    allow_next();
    long long step = (long long)gridDim.x * blockDim.x;
    for (long long i = blockIdx.x * (long long)blockDim.x + threadIdx.x; i < count; i += step) {
        out[i] = to_bf16(from[i]);
    }
}

extern "C" __global__ void to_floats(int type, const void *from, long long count, float *out) {
    await_previous();
    allow_next();
    long long step = (long long)gridDim.x * blockDim.x;
    for (long long i = blockIdx.x * (long long)blockDim.x + threadIdx.x; i < count; i += step) {
        out[i] = plain_value(type, from, i);
    }
}

// A hash of a place (Steele, Vigna, "Computationally easy, spectrally good multipliers", and the
// finaliser of MurmurHash3).
__device__ __forceinline__ u32 hash(u64 place, u32 seed) {
    u64 h = (place + 1) * 0x9e3779b97f4a7c15ull + seed * 0xd1342543de82ef95ull;
    h = (h ^ h >> 33) * 0xff51afd7ed558ccdull;
    h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53ull;
    return (u32)(h >> 32);
}

__device__ __forceinline__ float uniform(u32 bits, float spread) {
    return ((int)bits * 0x1.0p-31f) * spread;
}

// Planes are whole words long. Bytes of F8_E4M3 leave out the bit that would make a NaN.
extern "C" __global__ void fill_random(
        int type, u32 *data, long long bytes, u32 *scales, long long scale_bytes, int seed,
        float spread) {
    await_previous();
    allow_next();
    long long step = (long long)gridDim.x * blockDim.x;
    long long begin = blockIdx.x * (long long)blockDim.x + threadIdx.x;
    for (long long i = begin; i < bytes / 4; i += step) {
        u32 bits = hash(i, seed);
        if (type == F32) {
            bits = __float_as_uint(uniform(bits, spread));
        } else if (type == F16) {
            float low = uniform(bits, spread), high = uniform(bits * 0x9e3779b1u, spread);
            bits = to_half(low) | (u32)to_half(high) << 16;
        } else if (type == BF16) {
            bits = to_pair(uniform(bits, spread), uniform(bits * 0x9e3779b1u, spread));
        } else if (type == F8_E4M3) {
            bits &= 0xf7f7f7f7u;
        }
        data[i] = bits;
    }
    u32 pair;
    if (type == F8_E4M3) {
        pair = __float_as_uint(spread / 448);
    } else if (type == Q4_K || type == Q5_K) {
        pair = to_half(spread / (type == Q4_K ? 7.5f : 15.5f)) | (u32)to_half(spread) << 16;
    } else {
        u32 factor = to_half(spread / (type == Q8_0 ? 128 : type == Q4_0 ? 8 : 32));
        pair = factor | factor << 16;
    }
    for (long long i = begin; i < scale_bytes / 4; i += step) {
        scales[i] = pair;
    }
}
