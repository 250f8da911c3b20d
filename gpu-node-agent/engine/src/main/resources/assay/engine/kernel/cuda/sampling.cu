// From logits to ids. What is counted and summed to choose goes through integers, so that no order
// of threads can change it.

#define PIECES 32
#define CHOOSERS 1024
#define ONE_SHARE 0x1.0p40f  // a share of 1, as an integer

// What a piece of a row holds.
struct Survey {
    float largest, sum;  // sum of exp(x - largest)
    int first;           // lowest id of the largest
    int finite;
};

struct Parameters {
    float temperature, min_p, top_p;
    int top_k;
    u64 seed, unused;
};

__device__ __forceinline__ Survey joined(const Survey &a, const Survey &b) {
    Survey s;
    s.largest = fmaxf(a.largest, b.largest);
    s.sum = a.sum * __expf(a.largest - s.largest) + b.sum * __expf(b.largest - s.largest);
    bool left = a.largest > b.largest || (a.largest == b.largest && a.first < b.first);
    s.first = left ? a.first : b.first;
    s.finite = a.finite & b.finite;
    return s;
}

__device__ __forceinline__ Survey nothing() {
    Survey s = {-3.4e38f, 0, 0x7fffffff, 1};
    return s;
}

// A block for each piece (x) of each row (y).
extern "C" __global__ void __launch_bounds__(256) survey(
        const float *logits, int vocabulary, Survey *pieces) {
    __shared__ Survey parts[256 / WARP];
    await_previous();
    allow_next();
    const float *row = logits + (long long)blockIdx.y * vocabulary;
    int size = (vocabulary + PIECES - 1) / PIECES;
    int begin = blockIdx.x * size;
    int end = min(begin + size, vocabulary);
    Survey own = nothing();
    for (int i = begin + threadIdx.x; i < end; i += 256) {
        float x = row[i];
        own.finite &= fabsf(x) <= 3.4028234e38f;
        if (x > own.largest) {
            own.largest = x;
            own.first = i;
        }
    }
    for (int i = begin + threadIdx.x; i < end; i += 256) {
        own.sum += __expf(row[i] - own.largest);
    }
    for (int apart = WARP / 2; apart > 0; apart /= 2) {
        Survey other;
        other.largest = __shfl_down_sync(ALL, own.largest, apart);
        other.sum = __shfl_down_sync(ALL, own.sum, apart);
        other.first = __shfl_down_sync(ALL, own.first, apart);
        other.finite = __shfl_down_sync(ALL, own.finite, apart);
        own = joined(own, other);
    }
    if (threadIdx.x % WARP == 0) {
        parts[threadIdx.x / WARP] = own;
    }
    __syncthreads();
    if (threadIdx.x == 0) {
        for (int w = 1; w < 256 / WARP; w++) {
            own = joined(own, parts[w]);
        }
        pieces[blockIdx.y * PIECES + blockIdx.x] = own;
    }
}

__device__ __forceinline__ Survey whole(const Survey *pieces, int row) {
    Survey s = pieces[row * PIECES];
    for (int i = 1; i < PIECES; i++) {
        s = joined(s, pieces[row * PIECES + i]);
    }
    return s;
}

__device__ __forceinline__ float log_prob(const Survey &s, float logit) {
    return logit - s.largest - logf(s.sum);
}

// A thread for each row.
extern "C" __global__ void rate(
        const float *logits, int rows, int vocabulary, const Survey *pieces, const int *ids,
        float *log_probs) {
    await_previous();
    allow_next();
    int row = blockIdx.x * blockDim.x + threadIdx.x;
    if (row >= rows) {
        return;
    }
    Survey s = whole(pieces, row);
    int id = ids[row];
    bool fits = s.finite && id >= 0 && id < vocabulary;
    log_probs[row] = fits ? log_prob(s, logits[(long long)row * vocabulary + id])
                          : __int_as_float(0x7fc00000);
}

// Source: Philox4x32-10 of Salmon, Moraes, Dror, Shaw (SC 2011), as assay.engine.sample.Philox.
__device__ __forceinline__ double philox_uniform(u64 seed, u32 counter) {
    u32 c0 = counter, c1 = 0, c2 = 0, c3 = 0;
    u32 k0 = (u32)seed, k1 = (u32)(seed >> 32);
    for (int round = 0; round < 10; round++) {
        u64 p0 = 0xD2511F53ull * c0;
        u64 p1 = 0xCD9E8D57ull * c2;
        c0 = (u32)(p1 >> 32) ^ c1 ^ k0;
        c2 = (u32)(p0 >> 32) ^ c3 ^ k1;
        c1 = (u32)p1;
        c3 = (u32)p0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    return (double)(((u64)c0 << 32 | c1) >> 11) * 0x1.0p-53;
}

// Orders as the floats do.
__device__ __forceinline__ u32 ordered(float value) {
    u32 bits = __float_as_uint(value + 0.0f);
    return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}

// A row whose shares are exp((x - largest) / temperature), in units of 2^-40; those below min-p are
// out.
struct Row {
    const float *logits;
    int vocabulary;
    float largest, factor, least;
};

__device__ __forceinline__ u64 share(const Row &r, float logit) {
    float value = __expf((logit - r.largest) * r.factor);
    return value >= r.least ? (u64)(value * ONE_SHARE) : 0;
}

__device__ __forceinline__ bool open(const Row &r, float logit) {
    return __expf((logit - r.largest) * r.factor) >= r.least;
}

// Ids are kept above a key, and the first so many at it.
struct Kept {
    u32 key;
    int ties;
};

__device__ __forceinline__ bool above(const Row &r, const Kept &k, float x) {
    return open(r, x) && ordered(x) > k.key;
}

__device__ u64 sum_all(u64 value) {
    __shared__ u64 parts[CHOOSERS / WARP];
    for (int apart = WARP / 2; apart > 0; apart /= 2) {
        value += __shfl_down_sync(ALL, value, apart);
    }
    __syncthreads();
    if (threadIdx.x % WARP == 0) {
        parts[threadIdx.x / WARP] = value;
    }
    __syncthreads();
    u64 sum = 0;
    for (int w = 0; w < CHOOSERS / WARP; w++) {
        sum += parts[w];
    }
    return sum;
}

// The key at which what the keys from the largest on weigh together reaches a target, digit by
// digit of eight bits: each id weighs one, or its share. Leaves behind what the keys above weigh.
__device__ u32 select(const Row &r, const Kept *within, bool by_share, u64 target, u64 *before) {
    __shared__ u64 weights[256];
    __shared__ u32 found;
    __shared__ u64 reached;
    u32 prefix = 0;
    u64 over = 0;
    for (int shift = 24; shift >= 0; shift -= 8) {
        for (int i = threadIdx.x; i < 256; i += CHOOSERS) {
            weights[i] = 0;
        }
        __syncthreads();
        for (int i = threadIdx.x; i < r.vocabulary; i += CHOOSERS) {
            float x = r.logits[i];
            u32 key = ordered(x);
            bool same = shift == 24 || key >> (shift + 8) == prefix >> (shift + 8);
            if (same && open(r, x) && (!within || key >= within->key)) {
                atomicAdd(&weights[key >> shift & 255], by_share ? share(r, x) : 1ull);
            }
        }
        __syncthreads();
        if (threadIdx.x == 0) {
            int digit = 255;
            while (digit > 0 && over + weights[digit] < target) {
                over += weights[digit--];
            }
            found = digit;
            reached = over;
        }
        __syncthreads();
        prefix |= found << shift;
        over = reached;
        __syncthreads();
    }
    *before = over;
    return prefix;
}

__device__ Kept cut(const Row &r, const Parameters &p) {
    __shared__ u64 shared_key;
    Kept all = {0, 0x7fffffff};
    Kept kept = all;
    u64 before;
    if (p.top_k > 0 && p.top_k < r.vocabulary) {
        u64 count = 0;
        for (int i = threadIdx.x; i < r.vocabulary; i += CHOOSERS) {
            count += open(r, r.logits[i]);
        }
        if (sum_all(count) > (u64)p.top_k) {
            kept.key = select(r, 0, false, p.top_k, &before);
            kept.ties = p.top_k - (int)before;
        }
    }
    if (p.top_p >= 1) {
        return kept;
    }
    // What is kept so far weighs this much; ids at the key weigh the same.
    u64 sum = 0;
    if (threadIdx.x == 0) {
        shared_key = 0;
    }
    __syncthreads();
    for (int i = threadIdx.x; i < r.vocabulary; i += CHOOSERS) {
        float x = r.logits[i];
        if (above(r, kept, x)) {
            sum += share(r, x);
        } else if (kept.ties != 0x7fffffff && ordered(x) == kept.key) {
            shared_key = share(r, x);
        } else if (kept.ties == 0x7fffffff && ordered(x) == 0) {
            sum += share(r, x);
        }
    }
    u64 total = sum_all(sum);
    u64 each = shared_key;
    if (kept.ties != 0x7fffffff) {
        total += each * kept.ties;
    }
    u64 target = (u64)((double)p.top_p * (double)total);
    target = target < 1 ? 1 : target;
    Kept fewer;
    fewer.key = select(r, &kept, true, target, &before);
    __syncthreads();
    if (threadIdx.x == 0) {
        shared_key = 0;
    }
    __syncthreads();
    for (int i = threadIdx.x; i < r.vocabulary; i += CHOOSERS) {
        float x = r.logits[i];
        if (ordered(x) == fewer.key) {
            shared_key = share(r, x);
        }
    }
    __syncthreads();
    each = shared_key > 0 ? shared_key : 1;
    u64 ties = (target - before + each - 1) / each;
    fewer.ties = (int)(ties < 1 ? 1 : ties > 0x7ffffffe ? 0x7ffffffe : ties);
    if (fewer.key == kept.key) {
        fewer.ties = min(fewer.ties, kept.ties);
    }
    return fewer;
}

// Sums over the threads before this one.
__device__ u64 sum_before(u64 value, u64 *parts) {
    parts[threadIdx.x] = value;
    __syncthreads();
    for (int apart = 1; apart < CHOOSERS; apart *= 2) {
        u64 other = (int)threadIdx.x >= apart ? parts[threadIdx.x - apart] : 0;
        __syncthreads();
        parts[threadIdx.x] += other;
        __syncthreads();
    }
    u64 before = parts[threadIdx.x] - value;
    __syncthreads();
    return before;
}

// The id at which the running sum of kept shares, in order of ids, first exceeds a part of all.
__device__ int draw(const Row &r, const Kept &kept, double uniform) {
    __shared__ u64 parts[CHOOSERS];
    __shared__ int chosen;
    int size = (r.vocabulary + CHOOSERS - 1) / CHOOSERS;
    int begin = min((int)threadIdx.x * size, r.vocabulary);
    int end = min(begin + size, r.vocabulary);
    u64 ties = 0;
    for (int i = begin; i < end; i++) {
        ties += ordered(r.logits[i]) == kept.key && open(r, r.logits[i]);
    }
    u64 ties_before = sum_before(ties, parts);
    u64 sum = 0;
    u64 rank = ties_before;
    for (int i = begin; i < end; i++) {
        float x = r.logits[i];
        bool tie = ordered(x) == kept.key && open(r, x);
        sum += above(r, kept, x) || (tie && rank < (u64)kept.ties) ? share(r, x) : 0;
        rank += tie;
    }
    u64 before = sum_before(sum, parts);
    if (threadIdx.x == CHOOSERS - 1) {
        parts[0] = before + sum;
        chosen = 0x7fffffff;
    }
    __syncthreads();
    u64 target = (u64)(uniform * (double)parts[0]);
    rank = ties_before;
    if (before <= target && target < before + sum) {
        for (int i = begin; i < end; i++) {
            float x = r.logits[i];
            bool tie = ordered(x) == kept.key && open(r, x);
            before += above(r, kept, x) || (tie && rank < (u64)kept.ties) ? share(r, x) : 0;
            rank += tie;
            if (before > target) {
                chosen = i;
                break;
            }
        }
    }
    __syncthreads();
    return chosen;
}

// A block for each row.
extern "C" __global__ void __launch_bounds__(CHOOSERS) choose(
        const float *logits, int vocabulary, const Survey *pieces, const Parameters *parameters,
        const int *positions, int *ids, float *log_probs) {
    await_previous();
    allow_next();
    __shared__ Survey shared;
    int at = blockIdx.x;
    if (threadIdx.x == 0) {
        shared = whole(pieces, at);
    }
    __syncthreads();
    Survey s = shared;
    Parameters p = parameters[at];
    const float *row = logits + (long long)at * vocabulary;
    int id = s.finite ? s.first : -1;
    if (s.finite && p.temperature > 0 && p.top_k != 1) {
        Row r = {row, vocabulary, s.largest, fminf(1 / p.temperature, 3.4e38f), p.min_p};
        Kept kept = cut(r, p);
        id = draw(r, kept, philox_uniform(p.seed, positions[at] + 1));
        id = id == 0x7fffffff ? s.first : id;
    }
    if (threadIdx.x == 0) {
        ids[at] = id;
        log_probs[at] = id < 0 ? __int_as_float(0x7fc00000) : log_prob(s, row[id]);
    }
}

// A block for each row: the largest key below the one before, again and again.
extern "C" __global__ void __launch_bounds__(CHOOSERS) likeliest(
        const float *logits, int vocabulary, const Survey *pieces, int count, int *ids,
        float *log_probs) {
    __shared__ u64 parts[CHOOSERS / WARP];
    await_previous();
    allow_next();
    const float *row = logits + (long long)blockIdx.x * vocabulary;
    u64 last = ~0ull;
    for (int rank = 0; rank < count; rank++) {
        u64 best = 0;
        for (int i = threadIdx.x; i < vocabulary; i += CHOOSERS) {
            u64 key = (u64)ordered(row[i]) << 32 | (0xffffffffu - i);
            best = key < last && key > best ? key : best;
        }
        for (int apart = WARP / 2; apart > 0; apart /= 2) {
            u64 other = __shfl_down_sync(ALL, best, apart);
            best = other > best ? other : best;
        }
        __syncthreads();
        if (threadIdx.x % WARP == 0) {
            parts[threadIdx.x / WARP] = best;
        }
        __syncthreads();
        for (int w = 0; w < CHOOSERS / WARP; w++) {
            best = w == 0 ? parts[0] : parts[w] > best ? parts[w] : best;
        }
        last = best;
        if (threadIdx.x == 0) {
            int id = (int)(0xffffffffu - (u32)best);
            bool found = best != 0;
            ids[blockIdx.x * count + rank] = found ? id : -1;
            log_probs[blockIdx.x * count + rank] =
                    found ? log_prob(whole(pieces, blockIdx.x), row[id]) : -3.4e38f;
        }
    }
}
