"""A chart to study: opened when it is asked for, since Plotly's first chart takes more than a second."""

import streamlit as st

from cnnviz.errors import CnnvizError
from cnnviz.figures.charts import study_classes, study_curves, study_norms
from cnnviz.figures.frames import precision_and_recall
from cnnviz.ui.channel import Channel


def study_button(channel: Channel) -> None:
    """The way to the charts."""
    if st.button("Study curves", type="tertiary", icon=":material/query_stats:", key="study"):
        _study(channel)


@st.dialog("Curves to study", width="large")
def _study(channel: Channel) -> None:
    theme = st.context.theme.type or "light"
    st.plotly_chart(study_curves(channel.log(), theme), key="study-curves")
    if norms := study_norms(channel.log(), theme):
        st.markdown("**Gradient and weight norms by layer**")
        st.plotly_chart(norms, key="study-norms")
    try:
        counts = channel.last_validation()
    except CnnvizError as error:
        st.caption(str(error))
        return
    if counts:
        st.markdown(f"**Precision and recall by class**, validation images, step {counts[0]:,}")
        figure = study_classes(channel.run.class_names, *precision_and_recall(counts[2]), theme)
        st.plotly_chart(figure, key="study-classes")
