package assay.agent.link;

import assay.stage.v1.LinkHello;

/**
 * The stage at the receiving end of links. Called on gRPC's threads, in the order of the stream;
 * must only hand over.
 *
 * @param <F> frame
 */
public interface LinkReceiver<F> {
    /**
     * A link opened.
     *
     * @throws assay.agent.fault.AgentException when the hello means another link
     */
    void connected(InLink link, LinkHello hello);

    /** A frame after the hello. The link sends more only as {@link InLink#more} asks for it. */
    void frame(InLink link, F frame);

    /** The link is over. */
    void disconnected(InLink link);
}
