package assay.web.http;

/** Where the public gRPC listener is. */
public interface GrpcAddress {
    /** The port in use, once it listens. */
    int port();
}
