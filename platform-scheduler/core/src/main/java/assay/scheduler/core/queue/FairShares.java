package assay.scheduler.core.queue;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;

/**
 * Whose turn it is: weighted dominant resource fairness, over time.
 *
 * <p>Goals. Tenants that have work get shares of the cluster in proportion to their weights,
 * whatever their items need; nothing idles while anybody has work that could be done; who had no
 * work for a while is owed nothing, and who used an idle cluster owes nothing.
 *
 * <p>Resources. An item needs a slot for as long as it is worked on, and tokens. Dominant resource
 * fairness (Ghodsi et al., NSDI 2011) gives the next task to the user whose weighted share of the
 * resource it uses most of is the smallest. Slots are few and items short, so shares at one moment
 * are coarse; therefore shares are compared over time, as dominant resource fair queueing does
 * (Ghodsi et al., SIGCOMM 2012; its memoryless form): an item costs the time for which it would
 * keep the cluster's bottleneck busy, the larger of its slot's seconds and of the seconds in which
 * a slot uses that many tokens on average.
 *
 * <p>Algorithm. Each tenant has a virtual time: the costs of its items, by its weight. The lowest
 * goes first. What is under way is charged with the mean of its job's items, and settled when it
 * ends. A tenant that comes to have work starts where the lowest of those is that want the same
 * (start-time fair queueing, Goyal et al., SIGCOMM 1996). A try that took far longer than its job's
 * others is charged a bounded multiple of their mean: a stall of the cluster is nobody's debt.
 *
 * <p>Confined to its queue.
 */
final class FairShares {
    /** Items over which the price of a token in seconds, and a kind's mean cost, are averaged. */
    private static final double MEMORY = 1000;

    /** For so long who waits for a slot or a worker keeps its place. */
    private static final Duration GRACE = Duration.ofMinutes(1);

    private final Map<TenantId, Account> accounts = new TreeMap<>();
    private double seconds;
    private double tokens;
    private double cost;
    private double items;
    private double virtualTime;

    /** One tenant. */
    static final class Account {
        private final TenantId tenant;
        private double weight;
        private int mostRunning;
        private double charged;
        private double promised;
        private int running;
        private boolean competes;
        private Instant served = Instant.MIN;
        private long endedItems;
        private double usedSeconds;
        private long usedTokens;

        private Account(TenantAccount stored) {
            tenant = stored.tenant();
            weight = stored.weight();
            mostRunning = stored.mostRunning();
            charged = stored.charged();
            endedItems = stored.items();
            usedSeconds = stored.seconds();
            usedTokens = stored.tokens();
        }

        double virtualTime() {
            return charged + promised;
        }

        double weight() {
            return weight;
        }

        boolean mayRunMore() {
            return mostRunning == 0 || running < mostRunning;
        }

        int running() {
            return running;
        }

        TenantAccount stored() {
            return new TenantAccount(
                    tenant, weight, mostRunning, charged, endedItems, usedSeconds, usedTokens);
        }
    }

    /** What an item under way was charged with, by weight. */
    record Promise(double charge) {}

    Account account(TenantId tenant) {
        return accounts.computeIfAbsent(tenant, it -> new Account(TenantAccount.fresh(it)));
    }

    Collection<Account> accounts() {
        return accounts.values();
    }

    /** Weights count from now on: what was charged stays. */
    void set(TenantId tenant, double weight, int mostRunning) {
        Account account = account(tenant);
        account.weight = weight;
        account.mostRunning = mostRunning;
        account.competes = false; // what it could not have under its old share is not owed
    }

    /**
     * Takes up what was stored. The price of a token is that of all that was ever used, as if it
     * were of the last {@link #MEMORY} items.
     */
    void restore(Collection<TenantAccount> stored) {
        double all = stored.stream().mapToLong(TenantAccount::items).sum();
        double scale = Math.min(all, MEMORY) / Math.max(1, all);
        for (TenantAccount account : stored) {
            accounts.put(account.tenant(), new Account(account));
            seconds += account.seconds() * scale;
            tokens += account.tokens() * scale;
        }
        items = all * scale;
        cost = seconds;
    }

    /**
     * Takes the tenants that had work as they were: their shares go on as if nothing had been.
     *
     * @param hadWork tenants with items that wait
     */
    void resume(Collection<Account> hadWork, Instant now) {
        for (Account account : hadWork) {
            account.competes = true;
            account.served = now;
        }
        virtualTime = accounts.values().stream().mapToDouble(Account::virtualTime).max().orElse(0);
    }

    /**
     * What a tenant has to do.
     *
     * @param wants kinds of which it has items that wait
     * @param eligible whether it could be given one now
     */
    record Demand(Account account, Set<JobKind> wants, boolean eligible) {}

    /**
     * Tells who has work. Who had none, or for a while nobody to do it, starts level with those who
     * want the same; a slot that is taken for a moment makes nobody a newcomer, since that would
     * make all who wait for such slots equal, whatever their weights.
     *
     * @param demands of all tenants with items that wait, and of no other
     */
    void compete(Collection<Demand> demands, Instant now) {
        List<Demand> incumbents =
                demands.stream().filter(demand -> isIncumbent(demand.account(), now)).toList();
        for (Demand demand : demands) {
            Account account = demand.account();
            if (demand.eligible() && !isIncumbent(account, now)) {
                double level = level(demand.wants(), incumbents);
                account.charged += Math.max(0, level - account.virtualTime());
            }
        }
        Set<Account> working = new HashSet<>();
        for (Demand demand : demands) {
            working.add(demand.account());
            if (demand.eligible()) {
                demand.account().competes = true;
                demand.account().served = now;
            }
        }
        accounts.values().forEach(account -> account.competes &= working.contains(account));
    }

    private static boolean isIncumbent(Account account, Instant now) {
        return account.competes && !account.served.plus(GRACE).isBefore(now);
    }

    /** The lowest of those who want the same kind, else of all. */
    private double level(Set<JobKind> wants, List<Demand> incumbents) {
        OptionalDouble same =
                incumbents.stream()
                        .filter(it -> !Collections.disjoint(it.wants(), wants))
                        .mapToDouble(it -> it.account().virtualTime())
                        .min();
        return same.orElseGet(() ->
                incumbents.stream()
                        .mapToDouble(it -> it.account().virtualTime())
                        .min()
                        .orElse(virtualTime));
    }

    /** Charges an item that is given out now, at what is expected of it. */
    Promise promise(Account account, double expectedSeconds) {
        virtualTime = Math.max(virtualTime, account.virtualTime());
        return restorePromise(account, expectedSeconds);
    }

    /** The same for an item that was given out in another life of the queue. */
    Promise restorePromise(Account account, double expectedSeconds) {
        var promise = new Promise(expectedSeconds / account.weight);
        account.promised += promise.charge();
        account.running++;
        return promise;
    }

    /** The item is not under way any more and cost nothing. */
    void refund(Account account, Promise promise) {
        account.running--;
        account.promised = account.running == 0 ? 0 : account.promised - promise.charge();
    }

    /** Nobody knows what the item took: it cost what was expected. */
    void keep(Account account, Promise promise) {
        refund(account, promise);
        account.charged += promise.charge();
    }

    /**
     * The item took that.
     *
     * @param mostSeconds the most that is charged
     * @return what it cost, in dominant seconds
     */
    double settle(Account account, Promise promise, ItemUse use, double mostSeconds) {
        refund(account, promise);
        seconds = seconds * (1 - 1 / MEMORY) + use.seconds();
        tokens = tokens * (1 - 1 / MEMORY) + use.tokens();
        account.endedItems++;
        account.usedSeconds += use.seconds();
        account.usedTokens += use.tokens();
        double price = tokens > 0 ? seconds / tokens : 0;
        double dominant = Math.min(mostSeconds, Math.max(use.seconds(), use.tokens() * price));
        cost = cost * (1 - 1 / MEMORY) + dominant;
        items = items * (1 - 1 / MEMORY) + 1;
        account.charged += dominant / account.weight;
        return dominant;
    }

    /** What an item of a job nobody knows yet is expected to cost. */
    double meanSeconds() {
        return items > 0 && cost > 0 ? cost / items : 1;
    }
}
