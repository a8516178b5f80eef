"""A chart to study: opened when it is asked for, since Plotly's first chart takes more than a second."""

import streamlit as st

from cnnviz.errors import CnnvizError
from cnnviz.figures.charts import study_classes, study_curves
from cnnviz.figures.frames import precision_and_recall
from cnnviz.ui.channel import Channel


def study_button(channel: Channel) -> None:
    """The way to the charts."""
    if st.button("Study curves", type="tertiary", icon=":material/query_stats:", key="study"):
        _study(channel)


@st.dialog("Curves to study", width="large")
def _study(channel: Channel) -> None:
    st.plotly_chart(study_curves(channel.log()), key="study-curves")
    try:
        counts = channel.last_validation()
    except CnnvizError as error:
        st.caption(str(error))
        return
    if counts:
        st.markdown(f"**Precision and recall by class**, validation images, step {counts[0]:,}")
        st.plotly_chart(study_classes(channel.run.class_names, *precision_and_recall(counts[2])), key="study-classes")
