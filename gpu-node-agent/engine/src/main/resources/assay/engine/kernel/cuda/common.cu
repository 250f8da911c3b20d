// What all sources of this folder begin with. No header of CUDA's is used: a node has the driver
// and NVRTC alone. bf16 is an unsigned short, two of them side by side an unsigned int.

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef u16 bf16;

#define WARP 32
#define ALL 0xffffffffu
#define KV_TOKENS 16

// The order of assay.engine.kernel.DType.
enum { F32, F16, BF16, F8_E4M3, Q8_0, Q4_0, Q4_K, Q5_K, Q6_K };

// The order of ProductOutput.Kind.
enum { OUT_BF16, OUT_F32, OUT_ADD_BF16 };

// Waits until the kernel before has ended and can be seen, then lets the next one be launched: what
// is launched early begins with weights, which no kernel writes. Nothing before 9.0.
__device__ __forceinline__ void await_previous() {
#if __CUDA_ARCH__ >= 900
    asm volatile("griddepcontrol.wait;" ::: "memory");
#endif
}

__device__ __forceinline__ void allow_next() {
#if __CUDA_ARCH__ >= 900
    asm volatile("griddepcontrol.launch_dependents;" ::: "memory");
#endif
}

__device__ __forceinline__ float to_float(bf16 value) { return __uint_as_float((u32)value << 16); }

__device__ __forceinline__ float low_float(u32 pair) { return __uint_as_float(pair << 16); }

__device__ __forceinline__ float high_float(u32 pair) {
    return __uint_as_float(pair & 0xffff0000u);
}

__device__ __forceinline__ bf16 to_bf16(float value) {
    bf16 result;
    asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(result) : "f"(value));
    return result;
}

__device__ __forceinline__ u32 to_pair(float low, float high) {
    u32 result;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(result) : "f"(high), "f"(low));
    return result;
}

__device__ __forceinline__ float half_float(u16 value) {
    float result;
    asm("cvt.f32.f16 %0, %1;" : "=f"(result) : "h"(value));
    return result;
}

__device__ __forceinline__ u16 to_half(float value) {
    u16 result;
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(result) : "f"(value));
    return result;
}

// F8_E4M3 without its NaNs: the exponent moves from a bias of 7 to one of 127.
__device__ __forceinline__ float float8_float(u32 byte) {
    return __uint_as_float((byte & 0x80) << 24 | (byte & 0x7f) << 20) * 0x1.0p120f;
}

__device__ __forceinline__ float sum_warp(float value) {
#pragma unroll
    for (int apart = WARP / 2; apart > 0; apart /= 2) {
        value += __shfl_xor_sync(ALL, value, apart);
    }
    return value;
}

__device__ __forceinline__ float max_warp(float value) {
#pragma unroll
    for (int apart = WARP / 2; apart > 0; apart /= 2) {
        value = fmaxf(value, __shfl_xor_sync(ALL, value, apart));
    }
    return value;
}

// The sum over all threads of a block, in every one of them.
__device__ __forceinline__ float sum_block(float value) {
    __shared__ float parts[WARP];
    value = sum_warp(value);
    int warps = blockDim.x / WARP;
    if (threadIdx.x % WARP == 0) {
        parts[threadIdx.x / WARP] = value;
    }
    __syncthreads();
    float sum = 0;
    for (int i = 0; i < warps; i++) {
        sum += parts[i];
    }
    __syncthreads();
    return sum;
}

__device__ __forceinline__ float silu(float x) { return x / (1 + __expf(-x)); }

// 16 bytes that are read once: they stay out of the first cache.
__device__ __forceinline__ uint4 load_streamed(const void *at) {
    uint4 v;
    asm volatile("ld.global.nc.L1::no_allocate.v4.u32 {%0, %1, %2, %3}, [%4];"
                 : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w)
                 : "l"(at));
    return v;
}

// The store of a sum that ProductOutput.Kind names.
__device__ __forceinline__ void put(void *out, long long at, int kind, float value) {
    if (kind == OUT_F32) {
        ((float *)out)[at] = value;
    } else {
        bf16 *to = (bf16 *)out + at;
        *to = to_bf16(kind == OUT_ADD_BF16 ? to_float(*to) + value : value);
    }
}

// How packed weights lie: see DeviceMatrix. A run is 128 elements of a row, cut into four groups of
// 32; a unit is what one of four lanes has of a group: eight elements.
#define RUN 128

__device__ __forceinline__ int runs(int width) { return (width + RUN - 1) / RUN; }

template <int TYPE>
__device__ __forceinline__ u64 row_bytes(int width) {
    return TYPE == F32               ? 4ull * width
            : TYPE <= BF16           ? 2ull * width
            : TYPE <= Q8_0           ? 128ull * runs(width)
            : TYPE <= Q4_K           ? 64ull * runs(width)
            : TYPE == Q5_K           ? 80ull * runs(width)
                                     : 96ull * runs(width);
}

struct Unit {
    int run, group, lane;
};

__device__ __forceinline__ Unit unit_of(int index) {
    Unit u;
    u.run = index / 16;
    u.group = index % 16 / 4;
    u.lane = index % 4;
    return u;
}

// Which element of its row the i-th of a unit is.
template <int TYPE>
__device__ __forceinline__ int element(Unit u, int i) {
    int within = TYPE == Q6_K ? u.lane * 4 + i % 4 + i / 4 * 16 : u.lane * 8 + i;
    return u.run * RUN + u.group * 32 + within;
}

// Where the stored element i of eight goes among two words of bytes.
__device__ __forceinline__ int byte_place(int i) {
    return (i & 4) + ((i & 1) << 1) + (i >> 1 & 1);
}

// Where the stored element i of eight goes among the nibbles of a word.
__device__ __forceinline__ int nibble_place(int i) { return (i & 1) * 4 + i / 2; }

// The eight integers of a unit in packed rows; and of F8_E4M3 the eight values.
template <int TYPE>
__device__ __forceinline__ void read_unit(const u8 *row, int width, Unit u, float *out) {
    if (TYPE == F8_E4M3 || TYPE == Q8_0) {
        const u8 *at = row + (u64)u.run * 128 + u.group / 2 * 64 + u.lane * 16 + u.group % 2 * 8;
        uint2 words = *(const uint2 *)at;
        for (int i = 0; i < 8; i++) {
            u32 byte = (i < 4 ? words.x : words.y) >> (byte_place(i) % 4 * 8) & 0xff;
            out[i] = TYPE == Q8_0 ? (float)(signed char)byte : float8_float(byte);
        }
        return;
    }
    int run_count = runs(width);
    u32 word = *(const u32 *)(row + (u64)u.run * 64 + u.lane * 16 + u.group * 4);
    u32 upper = 0;
    if (TYPE == Q5_K) {
        upper = row[(u64)run_count * 64 + u.run * 16 + u.lane * 4 + u.group];
    } else if (TYPE == Q6_K) {
        upper = *(const u16 *)(row + (u64)run_count * 64 + u.run * 32 + u.lane * 8 + u.group * 2);
    }
    for (int i = 0; i < 8; i++) {
        int place = nibble_place(i);
        int q = word >> (place * 4) & 15;
        if (TYPE == Q4_0) {
            q -= 8;
        } else if (TYPE == Q5_K) {
            q += (upper >> place & 1) * 16;
        } else if (TYPE == Q6_K) {
            q += (upper >> (2 * place) & 3) * 16 - 32;
        }
        out[i] = q;
    }
}

template <int TYPE>
__device__ __forceinline__ void scale_unit(
        const void *scales, int row, int width, Unit u, float *values) {
    u64 run = (u64)row * runs(width) + u.run;
    float low, high, least = 0;
    if (TYPE == F8_E4M3) {
        low = high = ((const float *)scales)[(u64)(row / RUN) * runs(width) + u.run];
    } else if (TYPE == Q8_0 || TYPE == Q4_0) {
        low = high = half_float(((const u16 *)scales)[run * 4 + u.group]);
    } else {
        u32 both = ((const u32 *)scales)[run * 4 + u.group];
        low = high = half_float(both & 0xffff);
        if (TYPE == Q6_K) {
            high = half_float(both >> 16);
        } else {
            least = half_float(both >> 16);
        }
    }
    for (int i = 0; i < 8; i++) {
        values[i] = values[i] * (i < 4 ? low : high) - least;
    }
}

__device__ __forceinline__ float plain_value(int type, const void *data, long long at) {
    if (type == F32) {
        return ((const float *)data)[at];
    }
    u16 value = ((const u16 *)data)[at];
    return type == F16 ? half_float(value) : to_float(value);
}

// D += A * B by the tensor cores: A 16 x 16, B 16 x 8.
__device__ __forceinline__ void multiply_tile(
        float *d, u32 a0, u32 a1, u32 a2, u32 a3, u32 b0, u32 b1) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
        "{%8, %9}, {%0, %1, %2, %3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
        : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
}

__device__ __forceinline__ u32 word(const uint4 &v, int i) {
    return i == 0 ? v.x : i == 1 ? v.y : i == 2 ? v.z : v.w;
}

__device__ __forceinline__ u32 shared_at(const void *at) {
    return (u32)__cvta_generic_to_shared(at);
}

// 16 bytes into shared memory, later; zeros where there is nothing.
__device__ __forceinline__ void copy_later(void *to, const void *from, bool there) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared_at(to)), "l"(from),
            "r"(there ? 16 : 0)
            : "memory");
}

__device__ __forceinline__ void end_copies() {
    asm volatile("cp.async.commit_group;" ::: "memory");
}

template <int PENDING>
__device__ __forceinline__ void await_copies() {
    asm volatile("cp.async.wait_group %0;" ::"n"(PENDING) : "memory");
}
