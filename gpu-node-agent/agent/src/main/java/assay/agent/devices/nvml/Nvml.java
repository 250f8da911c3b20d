package assay.agent.devices.nvml;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What the management library says of this machine's cards. A seam: the library itself can not be
 * had without a card, so tests stand readings here that were taken from one. Thread-safe; {@link
 * #close} comes after every other call has returned.
 */
public interface Nvml extends AutoCloseable {
    /** For example 580.159.04. */
    String driverVersion();

    /** Every card of the machine in the order of its PCI addresses, whoever may compute on it. */
    List<Card> cards();

    /**
     * Reads now.
     *
     * @param uuid of a card, or of a part of one
     * @throws NvmlException when the card is lost, or the memory can not be read
     */
    Sample sample(String uuid);

    /** Whether the driver tells of faults of any card; then {@link #awaitFault} may wait. */
    boolean tellsFaults();

    /**
     * Waits for the next fault of any card.
     *
     * @return empty when none came in time, or the driver tells of none
     * @throws NvmlException when waiting itself fails
     */
    Optional<Fault> awaitFault(Duration limit);

    @Override
    void close();

    /**
     * A card, as it is while the driver is loaded.
     *
     * @param uuid stable over reboots, {@code GPU-…}
     * @param name as the hardware names itself
     * @param pciBusId domain:bus:device.function
     * @param computeCapability for example 9.0
     * @param multiprocessors of the whole card
     * @param memoryTotalBytes that programs can have: the driver's own share is left out
     * @param memoryBytesPerSecond that its memory moves at its highest clock; 0 where it does not
     *     tell
     * @param mig whether the card is split, so that only its parts compute
     * @param parts of a split card
     * @param links to every other card
     */
    record Card(
            String uuid,
            String name,
            String pciBusId,
            String computeCapability,
            int multiprocessors,
            long memoryTotalBytes,
            long memoryBytesPerSecond,
            boolean mig,
            List<Part> parts,
            List<Link> links) {
        public Card {
            parts = List.copyOf(parts);
            links = List.copyOf(links);
        }
    }

    /** A part of a split card (an instance, in NVIDIA's words). */
    record Part(String uuid, String name, int multiprocessors, long memoryTotalBytes) {}

    /**
     * How two cards of the machine reach each other.
     *
     * @param uuid of the other card
     * @param path the fastest there is
     * @param nvLinkCount links that are up between them or, through a switch, into it; 0 on PCIe
     */
    record Link(String uuid, Path path, int nvLinkCount) {}

    /** Fastest first. Those below NVLINK say where the ways over PCIe meet. */
    enum Path {
        NVLINK,
        SAME_BOARD,
        PCIE_SWITCH,
        PCIE_SWITCHES,
        HOST_BRIDGE,
        NUMA_NODE,
        SYSTEM
    }

    /**
     * Readings of one moment. What a card does not tell is empty.
     *
     * @param memoryUsedBytes by all programs
     * @param memoryTotalBytes as in {@link Card}
     * @param utilizationRatio 0..1: time in which some kernel ran
     * @param memoryBandwidthRatio 0..1: of what the memory can move since the reading before, from
     *     compute capability 9.0 on; on older cards the time in which memory was accessed
     * @param temperatureCelsius of the chip
     * @param powerWatts drawn by the card
     * @param uncorrectedErrors of memory, since the driver was loaded
     */
    record Sample(
            long memoryUsedBytes,
            long memoryTotalBytes,
            OptionalDouble utilizationRatio,
            OptionalDouble memoryBandwidthRatio,
            OptionalInt temperatureCelsius,
            OptionalDouble powerWatts,
            OptionalLong uncorrectedErrors) {}

    /**
     * The driver reported an error.
     *
     * @param uuid of the card
     * @param xid NVIDIA's number of the error; 0 for an uncorrected error of memory
     */
    record Fault(String uuid, long xid) {}
}
