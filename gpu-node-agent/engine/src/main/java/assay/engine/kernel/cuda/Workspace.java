package assay.engine.kernel.cuda;

/**
 * Device memory that a launching class uses between its kernels. One stream at a time may use it.
 *
 * @param address a multiple of 256
 * @param bytes what the class asks for by its {@code workspaceBytes}, or more
 */
public record Workspace(long address, long bytes) {}
