// What is done row by row or element by element.

struct Eight {
    float v[8];
};

__device__ __forceinline__ Eight load_eight(const bf16 *at) {
    uint4 raw = *(const uint4 *)at;
    Eight e;
    e.v[0] = low_float(raw.x), e.v[1] = high_float(raw.x);
    e.v[2] = low_float(raw.y), e.v[3] = high_float(raw.y);
    e.v[4] = low_float(raw.z), e.v[5] = high_float(raw.z);
    e.v[6] = low_float(raw.w), e.v[7] = high_float(raw.w);
    return e;
}

__device__ __forceinline__ void store_eight(bf16 *at, const Eight &e) {
    uint4 raw;
    raw.x = to_pair(e.v[0], e.v[1]);
    raw.y = to_pair(e.v[2], e.v[3]);
    raw.z = to_pair(e.v[4], e.v[5]);
    raw.w = to_pair(e.v[6], e.v[7]);
    *(uint4 *)at = raw;
}

// Whether rows so many elements apart may be read by 16 bytes.
__device__ __forceinline__ bool wide(const void *at, int stride, int width) {
    return ((u64)at % 16 | stride % 8 | width % 8) == 0;
}

// A block for each token, a thread for each angle.
extern "C" __global__ void rotary_turns(
        const int *positions, const double *frequencies, float magnitude, int angles, float *out) {
    await_previous();
    allow_next();
    int position = max(positions[blockIdx.x], 0);
    float *row = out + (long long)blockIdx.x * 2 * angles;
    for (int i = threadIdx.x; i < angles; i += blockDim.x) {
        double sine, cosine;
        sincos(position * frequencies[i], &sine, &cosine);
        row[i] = (float)(magnitude * cosine);
        row[angles + i] = (float)(magnitude * sine);
    }
}

// A block for each row, of an eighth as many threads as it has elements where that fits. With a
// delta, x becomes x + delta first.
extern "C" __global__ void rms_norm(
        bf16 *x, int x_stride, const bf16 *delta, int delta_stride, const float *weight,
        float epsilon, int width, bf16 *out, int out_stride) {
    long long row = blockIdx.x;
    bf16 *from = x + row * x_stride;
    const bf16 *more = delta ? delta + row * delta_stride : 0;
    bf16 *to = out + row * out_stride;
    bool vectors = wide(x, x_stride, width) && wide(out, out_stride, width)
            && (!delta || wide(delta, delta_stride, width)) && (u64)weight % 16 == 0;
    int own = threadIdx.x * 8;
    float4 low, high;
    if (vectors && own < width) {
        low = *(const float4 *)(weight + own);
        high = *(const float4 *)(weight + own + 4);
    }
    await_previous();
    allow_next();
    float squares = 0;
    Eight first;
    if (vectors) {
        for (int i = own; i < width; i += blockDim.x * 8) {
            Eight e = load_eight(from + i);
            if (more) {
                Eight d = load_eight(more + i);
                for (int j = 0; j < 8; j++) {
                    e.v[j] = to_float(to_bf16(e.v[j] + d.v[j]));
                }
                store_eight(from + i, e);
            }
            for (int j = 0; j < 8; j++) {
                squares += e.v[j] * e.v[j];
            }
            first = i == own ? e : first;
        }
    } else {
        for (int i = threadIdx.x; i < width; i += blockDim.x) {
            if (more) {
                from[i] = to_bf16(to_float(from[i]) + to_float(more[i]));
            }
            float value = to_float(from[i]);
            squares += value * value;
        }
    }
    float scale = rsqrtf(sum_block(squares) / width + epsilon);
    if (vectors) {
        for (int i = own; i < width; i += blockDim.x * 8) {
            Eight e = first;
            if (i != own) {
                e = load_eight(from + i);
                low = *(const float4 *)(weight + i);
                high = *(const float4 *)(weight + i + 4);
            }
            e.v[0] *= scale * low.x, e.v[1] *= scale * low.y;
            e.v[2] *= scale * low.z, e.v[3] *= scale * low.w;
            e.v[4] *= scale * high.x, e.v[5] *= scale * high.y;
            e.v[6] *= scale * high.z, e.v[7] *= scale * high.w;
            store_eight(to + i, e);
        }
    } else {
        for (int i = threadIdx.x; i < width; i += blockDim.x) {
            to[i] = to_bf16(to_float(from[i]) * (scale * weight[i]));
        }
    }
}

// For the rest: a block for each row (x) and 8 * blockDim.x columns (y).
#define EACH_EIGHT(first, width)                                     \
    await_previous();                                                \
    allow_next();                                                    \
    long long row = blockIdx.x;                                      \
    int first = (blockIdx.y * blockDim.x + threadIdx.x) * 8;         \
    int end = min(first + 8, width);                                 \
    if (first >= width) return

extern "C" __global__ void silu_multiply(
        const bf16 *gate, int gate_stride, const bf16 *up, int up_stride, int width, bf16 *out,
        int out_stride) {
    EACH_EIGHT(first, width);
    const bf16 *g = gate + row * gate_stride;
    const bf16 *u = up + row * up_stride;
    bf16 *to = out + row * out_stride;
    if (wide(gate, gate_stride, width) && wide(up, up_stride, width)
            && wide(out, out_stride, width)) {
        Eight a = load_eight(g + first);
        Eight b = load_eight(u + first);
        for (int i = 0; i < 8; i++) {
            a.v[i] = silu(a.v[i]) * b.v[i];
        }
        store_eight(to + first, a);
        return;
    }
    for (int i = first; i < end; i++) {
        to[i] = to_bf16(silu(to_float(g[i])) * to_float(u[i]));
    }
}

extern "C" __global__ void add_bias(bf16 *x, int stride, const float *bias, int width) {
    EACH_EIGHT(first, width);
    for (int i = first; i < end; i++) {
        x[row * stride + i] = to_bf16(to_float(x[row * stride + i]) + bias[i]);
    }
}

extern "C" __global__ void gather_rows(
        const bf16 *x, int stride, const int *indices, int width, bf16 *out, int out_stride) {
    EACH_EIGHT(first, width);
    const bf16 *from = x + (long long)max(indices[row], 0) * stride;
    bf16 *to = out + row * out_stride;
    if (wide(x, stride, width) && wide(out, out_stride, width)) {
        *(uint4 *)(to + first) = *(const uint4 *)(from + first);
        return;
    }
    for (int i = first; i < end; i++) {
        to[i] = from[i];
    }
}

extern "C" __global__ void add_rows(
        bf16 *x, int stride, const bf16 *delta, int delta_stride, int width) {
    EACH_EIGHT(first, width);
    for (int i = first; i < end; i++) {
        bf16 *to = x + row * stride + i;
        *to = to_bf16(to_float(*to) + to_float(delta[row * delta_stride + i]));
    }
}

extern "C" __global__ void advance(int *positions, int count) {
    await_previous();
    allow_next();
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < count && positions[i] >= 0) {
        positions[i]++;
    }
}
