"""The pages' shared code: all that knows Streamlit, and the routes beside it."""
