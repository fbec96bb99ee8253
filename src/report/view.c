/* report/view.c - what all forms of a report read from a view. */
#include "report/view.h"

#include "base/model/observation.h"

enum authentic view_authentic(const struct view_finding *vf)
{
    bool forged = vf->tested && vf->spoof.verdict == SPOOF_CONSISTENT;
    return forged && vf->finding->authentic == AUTHENTIC_ONE_WAY ? AUTHENTIC_SPOOF_CONSISTENT
                                                                 : vf->finding->authentic;
}

bool view_authentic_told(const struct view_finding *vf)
{
    return (vf->finding->flags & FINDING_RULE) == 0 || view_authentic(vf) != AUTHENTIC_ONE_WAY;
}

void view_ladder(const struct view_finding *vf, const struct origin_sources *sources,
                 struct ladder *ret)
{
    const struct attribute_climb climb = {.finding = vf->finding,
                                          .authentic = view_authentic(vf),
                                          .told = view_authentic_told(vf),
                                          .spoof = vf->tested ? &vf->spoof : NULL,
                                          .origin = vf->origin,
                                          .sources = sources};
    attribute_ladder(&climb, ret);
}

const char *view_side(const struct finding *f)
{
    if ((f->flags & FINDING_LOCAL_KNOWN) == 0 || !f->has_initiator) {
        return "unknown";
    }
    return (f->flags & FINDING_INSIDE) != 0 ? "inside" : "outside";
}

bool view_counts(const struct finding *f)
{
    return (f->flags & (FINDING_BELOW | FINDING_ALLOWED)) == 0;
}

const struct view_input *view_input_at(const struct view *v, uint64_t pos)
{
    unsigned i = pos_input(pos);
    return i < v->input_n ? &v->inputs[i] : NULL;
}
