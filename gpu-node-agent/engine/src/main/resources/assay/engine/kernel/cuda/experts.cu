// Which experts a token goes through, in what order experts see their tokens, and the sum at the
// end.

#define MOST_EXPERTS 512

struct Choice {
    int experts, per_token, grouped, groups, groups_kept, normalised;
    float scale;
    const float *bias;
};

__device__ __forceinline__ bool better(float a, int i, float b, int j) {
    return a > b || (a == b && i < j);
}

// The index of the largest rating that is open, the lower of equal ones, in every lane.
__device__ __forceinline__ int best_open(const float *ratings, const u8 *open, int count) {
    float most = -3.4e38f;
    int best = 0x7fffffff;
    for (int i = threadIdx.x; i < count; i += WARP) {
        if (open[i] && better(ratings[i], i, most, best)) {
            most = ratings[i];
            best = i;
        }
    }
    for (int apart = WARP / 2; apart > 0; apart /= 2) {
        float other = __shfl_xor_sync(ALL, most, apart);
        int index = __shfl_xor_sync(ALL, best, apart);
        if (better(other, index, most, best)) {
            most = other;
            best = index;
        }
    }
    return best;
}

// A warp for each token. A row that stands for no token chooses none.
extern "C" __global__ void __launch_bounds__(WARP) route(
        const float *logits, const int *positions, Choice c, int *chosen, float *weights) {
    __shared__ float shares[MOST_EXPERTS], ratings[MOST_EXPERTS], group_ratings[WARP];
    __shared__ u8 open[MOST_EXPERTS], group_open[WARP];
    await_previous();
    allow_next();
    long long token = blockIdx.x;
    int lane = threadIdx.x;
    const float *row = logits + token * c.experts;
    int *experts = chosen + token * c.per_token;
    if (positions && positions[token] < 0) {
        for (int i = lane; i < c.per_token; i += WARP) {
            experts[i] = -1;
            weights[token * c.per_token + i] = 0;
        }
        return;
    }
    if (c.grouped) {
        for (int i = lane; i < c.experts; i += WARP) {
            shares[i] = 1 / (1 + expf(-row[i]));
            ratings[i] = shares[i] + c.bias[i];
            open[i] = 0;
        }
        __syncwarp();
        int size = c.experts / c.groups;
        if (lane < c.groups) {
            float best = -3.4e38f, second = -3.4e38f;
            for (int i = lane * size; i < (lane + 1) * size; i++) {
                second = ratings[i] > best ? best : fmaxf(second, ratings[i]);
                best = fmaxf(best, ratings[i]);
            }
            group_ratings[lane] = size > 1 ? best + second : best;
            group_open[lane] = 1;
        }
        __syncwarp();
        for (int i = 0; i < c.groups_kept; i++) {
            int group = best_open(group_ratings, group_open, c.groups);
            for (int j = lane; j < size; j += WARP) {
                open[group * size + j] = 1;
            }
            __syncwarp();
            if (lane == 0) {
                group_open[group] = 0;
            }
            __syncwarp();
        }
    } else {
        float most = -3.4e38f;
        for (int i = lane; i < c.experts; i += WARP) {
            most = fmaxf(most, row[i]);
        }
        most = max_warp(most);
        float sum = 0;
        for (int i = lane; i < c.experts; i += WARP) {
            ratings[i] = row[i];
            shares[i] = expf(row[i] - most);
            sum += shares[i];
            open[i] = 1;
        }
        sum = sum_warp(sum);
        for (int i = lane; i < c.experts; i += WARP) {
            shares[i] /= sum;
        }
        __syncwarp();
    }
    float total = 0;
    for (int i = 0; i < c.per_token; i++) {
        int best = best_open(ratings, open, c.experts);
        __syncwarp();
        if (lane == 0) {
            open[best] = 0;
            experts[i] = best;
        }
        total += shares[best];
        __syncwarp();
    }
    float divisor = !c.normalised ? 1 : c.grouped ? total + 1e-20f : total;
    for (int i = lane; i < c.per_token; i += WARP) {
        weights[token * c.per_token + i] = shares[experts[i]] / divisor * c.scale;
    }
}

#define GROUPERS 256

// A block for each expert: counts the pairs of lower experts and its own, then puts its own in
// order.
extern "C" __global__ void __launch_bounds__(GROUPERS) group_pairs(
        const int *chosen, int pair_count, int *ends, int *pairs, int *places) {
    __shared__ int lower_parts[GROUPERS / WARP], own_parts[GROUPERS / WARP];
    await_previous();
    allow_next();
    int expert = blockIdx.x;
    int warp = threadIdx.x / WARP;
    int lane = threadIdx.x % WARP;
    int lower = 0, own = 0;
    for (int i = threadIdx.x; i < pair_count; i += GROUPERS) {
        int e = chosen[i];
        lower += e >= 0 && e < expert;
        own += e == expert;
        if (e < 0 && expert == 0) {
            places[i] = -1;
        }
    }
    lower = __reduce_add_sync(ALL, lower);
    own = __reduce_add_sync(ALL, own);
    if (lane == 0) {
        lower_parts[warp] = lower;
        own_parts[warp] = own;
    }
    __syncthreads();
    int start = 0, count = 0;
    for (int w = 0; w < GROUPERS / WARP; w++) {
        start += lower_parts[w];
        count += own_parts[w];
    }
    if (threadIdx.x == 0) {
        ends[expert + 1] = start + count;
        if (expert == 0) {
            ends[0] = 0;
        }
    }
    __syncthreads();
    int next = start;
    for (int base = 0; base < pair_count; base += GROUPERS) {
        int i = base + threadIdx.x;
        bool mine = i < pair_count && chosen[i] == expert;
        u32 votes = __ballot_sync(ALL, mine);
        if (lane == 0) {
            own_parts[warp] = __popc(votes);
        }
        __syncthreads();
        int at = next + __popc(votes & ((1u << lane) - 1));
        for (int w = 0; w < GROUPERS / WARP; w++) {
            at += w < warp ? own_parts[w] : 0;
            next += own_parts[w];
        }
        if (mine) {
            pairs[at] = i;
            places[i] = at;
        }
        __syncthreads();
    }
}

// A block for each token (x) and blockDim.x columns (y).
extern "C" __global__ void combine(
        const float *outcomes, const float *weights, const int *places, int per_token, int width,
        bf16 *hidden, int stride) {
    await_previous();
    allow_next();
    long long token = blockIdx.x;
    int i = blockIdx.y * blockDim.x + threadIdx.x;
    if (i >= width) {
        return;
    }
    float sum = to_float(hidden[token * stride + i]);
    for (int p = 0; p < per_token; p++) {
        int place = places[token * per_token + p];
        if (place >= 0) {
            sum += weights[token * per_token + p] * outcomes[(long long)place * width + i];
        }
    }
    hidden[token * stride + i] = to_bf16(sum);
}
